package value

import (
	"strings"
	"time"
)

// ShowDuration writes a duration for people: "96h", and not "95h59m59.349s".
// From a minute on it is rounded to seconds, from an hour on to minutes.
func ShowDuration(d time.Duration) string {
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
