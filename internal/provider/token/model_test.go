package token

import (
	"testing"
	"time"
)

func TestRenewalIsDueToTheMillisecond(t *testing.T) {
	t.Parallel()
	const week = 7 * 24 * time.Hour
	issued := time.Date(2020, 6, 11, 6, 15, 36, 0, time.UTC)
	for name, c := range map[string]struct {
		life lifetime
		// due is how long after issuing renewal becomes due; never is -1.
		due time.Duration
		cut bool
	}{
		"window before expiry":       {lifetime{issued, issued.Add(week + 763*time.Millisecond), 48 * time.Hour}, 5*24*time.Hour + 763*time.Millisecond, false},
		"window of half a lifetime":  {lifetime{issued, issued.Add(4 * time.Hour), 2 * time.Hour}, 2 * time.Hour, false},
		"window beyond half of it":   {lifetime{issued, issued.Add(4 * time.Hour), 2*time.Hour + 1}, 2 * time.Hour, true},
		"window longer than it":      {lifetime{issued, issued.Add(time.Hour), 48 * time.Hour}, 30 * time.Minute, true},
		"moment of issuing unknown":  {lifetime{time.Time{}, issued.Add(week), 48 * time.Hour}, 5 * 24 * time.Hour, false},
		"expires before it begins":   {lifetime{issued, issued.Add(-time.Hour), 48 * time.Hour}, -time.Hour, true},
		"expiry not known":           {lifetime{issued, time.Time{}, 48 * time.Hour}, -1, false},
		"no window (a broken state)": {lifetime{issued, issued.Add(week), 0}, week, false},
	} {
		if c.due == -1 {
			if c.life.due(issued.AddDate(1000, 0, 0)) {
				t.Errorf("%s: due some day", name)
			}
			continue
		}
		at := issued.Add(c.due)
		if !c.life.due(at) || c.life.due(at.Add(-time.Millisecond)) {
			t.Errorf("%s: not due from %s on", name, at)
		}
		if _, shorter := c.life.cut(); shorter != c.cut {
			t.Errorf("%s: window was cut: %t, want %t", name, shorter, c.cut)
		}
	}
}
