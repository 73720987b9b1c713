package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// watchInterval is how often memory is looked at. The kernel keeps the peak, so
// only what a provider takes in its last moments can be missed.
const watchInterval = 25 * time.Millisecond

// watchMemory follows the providers that a process starts until done is closed,
// and returns the peak memory of the biggest. It is 0 where there is no Linux /proc.
func watchMemory(pid int, done <-chan struct{}) int64 {
	ticker := time.NewTicker(watchInterval)
	defer ticker.Stop()
	var peak int64
	for {
		select {
		case <-done:
			return peak
		case <-ticker.C:
			peak = max(peak, providerMemory(pid))
		}
	}
}

// providerMemory is the most memory that the biggest provider among the children
// of a process has had so far, in bytes.
func providerMemory(pid int) int64 {
	var peak int64
	for _, child := range children(pid) {
		program, err := os.Readlink(filepath.Join("/proc", child, "exe"))
		if err == nil && strings.HasPrefix(filepath.Base(program), "terraform-provider-") {
			peak = max(peak, highWater(child))
		}
	}
	return peak
}

// children are the processes that any thread of a process started.
func children(pid int) []string {
	lists, _ := filepath.Glob(filepath.Join("/proc", strconv.Itoa(pid), "task", "*", "children")) // the pattern is a good one
	var pids []string
	for _, list := range lists {
		content, err := os.ReadFile(list) //nolint:gosec // A file of the kernel.
		if err == nil {                   // otherwise the thread has ended
			pids = append(pids, strings.Fields(string(content))...)
		}
	}
	return pids
}

// highWater is the most memory a process has had, in bytes.
func highWater(pid string) int64 {
	status, err := os.ReadFile(filepath.Join("/proc", pid, "status")) //nolint:gosec // A file of the kernel.
	if err != nil {
		return 0 // it has ended
	}
	return parseHighWater(string(status))
}

func parseHighWater(status string) int64 {
	for line := range strings.Lines(status) {
		if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kilobytes, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "kB")), 10, 64)
			if err != nil {
				return 0
			}
			return kilobytes * 1024
		}
	}
	return 0
}
