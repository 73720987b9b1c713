package token

import (
	"strings"
	"time"
)

// lifetime is the time a token has: zero expires means that it is unknown.
type lifetime struct {
	issued, expires time.Time
	window          time.Duration
}

// cut is the window that counts, and whether it is shorter than configured: at most half
// the lifetime, because a window as long as that would renew at every plan.
func (l lifetime) cut() (window time.Duration, shorter bool) {
	half := max(l.expires.Sub(l.issued)/2, 0)
	if l.issued.IsZero() || l.expires.IsZero() || l.window <= half {
		return max(l.window, 0), false
	}
	return half, true
}

// due reports whether renewal is due at a moment: from the window before expiry on. It
// is never where no expiry is known.
func (l lifetime) due(at time.Time) bool {
	window, _ := l.cut()
	return !l.expires.IsZero() && !at.Before(l.expires.Add(-window))
}

// showDuration writes a duration for people: "96h", and not "95h59m59.349s".
// From a minute on it is rounded to seconds, from an hour on to minutes.
func showDuration(d time.Duration) string {
	switch {
	case d.Abs() >= time.Hour:
		d = d.Round(time.Minute)
	case d.Abs() >= time.Minute:
		d = d.Round(time.Second)
	default:
		d = d.Round(time.Millisecond)
	}
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
