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

// printTables prints the seconds and the requests of all results, in Markdown.
func printTables(out io.Writer, results []*result) {
	table(out, "seconds, and times as long as `time_static`", "peak memory", results,
		func(r *result, s step) string { return r.seconds(s) },
		func(r *result) string { return megabytes(r.peak()) })
	fmt.Fprintln(out)
	table(out, "requests", "", slices.DeleteFunc(slices.Clone(results), func(r *result) bool { return r.subject == yardstick }),
		func(r *result, s step) string { return median(r.samples[s], compareRequests).requests.String() }, nil)
}

func table(out io.Writer, title, last string, results []*result, cell func(*result, step) string, lastCell func(*result) string) {
	header := []string{title, "server latency"}
	for s := range steps {
		header = append(header, s.String())
	}
	if lastCell != nil {
		header = append(header, last)
	}
	row(out, header)
	row(out, slices.Repeat([]string{"---"}, len(header)))
	for _, r := range results {
		latency := fmt.Sprintf("%d ms", r.latency.Milliseconds())
		if r.subject == yardstick {
			latency = ""
		}
		cells := []string{r.size(), latency}
		for s := range steps {
			cells = append(cells, cell(r, s))
		}
		if lastCell != nil {
			cells = append(cells, lastCell(r))
		}
		row(out, cells)
	}
}

func row(out io.Writer, cells []string) {
	fmt.Fprintln(out, "| "+strings.Join(cells, " | ")+" |")
}

// seconds is the median, with the ratio to the yardstick where there is one.
func (r *result) seconds(s step) string {
	took := median(r.samples[s], func(a, b sample) int { return cmp.Compare(a.took, b.took) }).took
	text := fmt.Sprintf("%.1f", took.Seconds())
	switch {
	case r.yardstick != nil && r.yardstick != r:
		text += fmt.Sprintf(" (%.2f)", r.ratio(s))
	case r.limitAlone(s) > 0:
		text += fmt.Sprintf(" (the limit alone: %.1f)", r.limitAlone(s).Seconds())
	}
	return text
}

// limitAlone is how long the rate limit, if there is one, makes one request for each
// object take, a tenth of a minute's at once and the others evenly.
func (r *result) limitAlone(s step) time.Duration {
	if r.subject == nil || s != create && s != destroy {
		return 0
	}
	burst := r.subject.perMinute / 10
	if burst == 0 || r.count <= burst {
		return 0
	}
	return time.Minute * time.Duration(r.count-burst) / time.Duration(r.subject.perMinute-burst)
}

// ratio is the median of the runs' ratios, so that what slows down a run does not count.
func (r *result) ratio(s step) float64 {
	ratios := make([]float64, len(r.samples[s]))
	for i, one := range r.samples[s] {
		ratios[i] = float64(one.took) / float64(max(r.yardstick.samples[s][i].took, time.Millisecond))
	}
	return median(ratios, cmp.Compare[float64])
}

// peak is the biggest of all steps and runs.
func (r *result) peak() int64 {
	var peak int64
	for _, samples := range r.samples {
		for _, one := range samples {
			peak = max(peak, one.memory)
		}
	}
	return peak
}

func megabytes(bytes int64) string {
	if bytes == 0 {
		return "not available"
	}
	return fmt.Sprintf("%d MB", bytes>>20)
}

// median is the middle one, the lower of two.
func median[T any](values []T, compare func(a, b T) int) T {
	return slices.SortedFunc(slices.Values(values), compare)[(len(values)-1)/2]
}

func compareRequests(a, b sample) int { return cmp.Compare(a.requests.total(), b.requests.total()) }

func thousands(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
