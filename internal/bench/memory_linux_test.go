package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// waits makes this program one that waits until its standard input ends.
const waits = "IMKIT_BENCH_TEST_WAITS"

func TestMain(m *testing.M) {
	if os.Getenv(waits) != "" {
		fmt.Fprintln(os.Stdout, "ready")
		_, _ = io.Copy(io.Discard, os.Stdin)
		return
	}
	os.Exit(m.Run())
}

// Only providers count, and Terraform starts other programs as well.
func TestProviderMemory(t *testing.T) {
	for _, child := range []struct {
		name     string
		provider bool
	}{{"git", false}, {"terraform-provider-imkit_v0.0.1", true}} {
		start(t, child.name)
		if got := providerMemory(os.Getpid()); got > 0 != child.provider {
			t.Errorf("with %s running, providers take %d bytes", child.name, got)
		}
	}
}

// start runs this test program under another name until the test ends.
func start(t *testing.T, name string) {
	t.Helper()
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(program, self, 0o700); err != nil { //nolint:gosec // It has to be executable.
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program) //nolint:gosec // The test itself.
	cmd.Env = append(os.Environ(), waits+"=1")
	input, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = input.Close()
		_ = cmd.Wait()
	})
	if line, err := bufio.NewReader(output).ReadString('\n'); err != nil {
		t.Fatalf("%s says %q: %v", name, line, err)
	}
}
