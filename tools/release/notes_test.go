package main

import "testing"

const changelog = `# Changelog

## 1.2.3 (Unreleased)

FEATURES:

* not yet

## 1.2.0 (March 1, 2026)

BUG FIXES:

* mended

## 1.1.0 (February 1, 2026)

## 1.0.0 (January 1, 2026)

* first
`

func TestNotes(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]string{
		"1.2.0": "BUG FIXES:\n\n* mended\n",
		"1.0.0": "* first\n",
		"1.2.3": "", // not released
		"1.1.0": "", // empty
		"1.2":   "",
		"":      "",
	} {
		got, err := notes(changelog, version)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("the notes of %q are %q, %v; want %q", version, got, err, want)
		}
	}
}
