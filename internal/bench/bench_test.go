package main

import (
	"cmp"
	"testing"
	"time"
)

func TestMedian(t *testing.T) {
	for want, values := range map[int][]int{1: {1}, 2: {3, 2}, 5: {9, 5, 1}} {
		if got := median(values, cmp.Compare[int]); got != want {
			t.Errorf("the median of %v is %d, not %d", values, got, want)
		}
	}
}

func TestRatioComparesTheStepsOfOneRun(t *testing.T) {
	one, other := &result{}, &result{}
	other.yardstick = one
	for _, took := range []time.Duration{time.Second, 10 * time.Second, 2 * time.Second} { // the second run was a slow one
		one.samples[plan] = append(one.samples[plan], sample{took: took})
		other.samples[plan] = append(other.samples[plan], sample{took: 2 * took})
	}
	if got := other.seconds(plan); got != "4.0 (2.00)" {
		t.Errorf("got %s", got)
	}
}

func TestRequestsInWords(t *testing.T) {
	for want, n := range map[string]requests{
		"none":                          {},
		"1 look-up, 10,000 upserts":     {"GET /admin/clients": 1, "POST /admin/clients": 10000},
		"100 batch calls, 1 `GET /me`":  {"POST /admin/clients/list": 100, "GET /me": 1},
		"2 look-ups, 1,000 revocations": {"GET /admin/clients": 2, "DELETE /admin/clients/{id}/token": 1000},
	} {
		if got := n.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// The burst is free, and what comes after it is let pass evenly.
func TestLimitAlone(t *testing.T) {
	r := &result{subject: limitedClients, count: 60 + 540}
	if got := r.limitAlone(create); got != time.Minute {
		t.Errorf("got %s", got)
	}
}

func TestDurations(t *testing.T) {
	var d durations
	if err := d.Set("0, 50ms"); err != nil || d.String() != "0s,50ms" {
		t.Errorf("got %v, %v", d, err)
	}
	if err := d.Set("50"); err == nil {
		t.Error("a number without a unit was taken")
	}
}

func TestHighWater(t *testing.T) {
	if got := parseHighWater("Name:\tx\nVmPeak:\t  9 kB\nVmHWM:\t    2048 kB\n"); got != 2<<20 {
		t.Errorf("got %d bytes", got)
	}
	if got := parseHighWater("Name:\tx\n"); got != 0 {
		t.Errorf("got %d bytes", got)
	}
}
