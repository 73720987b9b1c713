package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// printTable prints the medians in Markdown.
func printTable(out io.Writer, groups [][]*result) {
	header := []string{"", "latency"}
	for _, step := range steps {
		header = append(header, step.name+", s", "ratio", "requests")
	}
	printLine(out, header)
	printLine(out, slices.Repeat([]string{"---"}, len(header)))
	for _, r := range slices.Concat(groups...) {
		cells := []string{r.String(), fmt.Sprintf("%d ms", r.latency.Milliseconds())}
		for step := range steps {
			cells = append(cells, r.seconds(step), r.ratio(step), r.requests(step))
		}
		printLine(out, cells)
	}
}

func printLine(out io.Writer, cells []string) {
	fmt.Fprintln(out, "| "+strings.Join(cells, " | ")+" |")
}

func (r *result) seconds(step int) string {
	var seconds []float64
	for _, s := range r.samples[step] {
		seconds = append(seconds, s.took.Seconds())
	}
	return fmt.Sprintf("%.1f", median(seconds))
}

// ratio is the median of the runs' ratios to the time_static of the same run.
func (r *result) ratio(step int) string {
	if r.static == nil {
		return ""
	}
	var ratios []float64
	for i, s := range r.samples[step] {
		ratios = append(ratios, float64(s.took)/float64(max(r.static.samples[step][i].took, time.Millisecond)))
	}
	return fmt.Sprintf("%.2f", median(ratios))
}

func (r *result) requests(step int) string {
	var requests []int
	for _, s := range r.samples[step] {
		requests = append(requests, s.requests)
	}
	return strconv.Itoa(median(requests))
}

// median is the middle one, the lower of two.
func median[T cmp.Ordered](values []T) T {
	return slices.Sorted(slices.Values(values))[(len(values)-1)/2]
}
