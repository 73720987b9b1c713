package main

import (
	"context"
	"errors"
	"strings"
	"testing"
)

func TestFindFails(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	broken := func(context.Context, string) error { return errors.New("no network") }

	for name, test := range map[string]struct{ chosen, want string }{
		"the caller's choice is not there": {"tofu", "TERRAFORM=tofu"},
		"the installation fails":           {"", "could not be installed: no network"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := find(t.Context(), test.chosen, t.TempDir(), broken)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q in it", err, test.want)
			}
		})
	}
}
