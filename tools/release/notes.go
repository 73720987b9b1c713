package main

import (
	"fmt"
	"regexp"
	"strings"
)

// releasedOn is the heading of a version that is released. The next one has
// "(Unreleased)" there.
var releasedOn = regexp.MustCompile(`^## (\S+) \([A-Z][a-z]+ [0-9]{1,2}, [0-9]{4}\)$`)

// notes is the section of a changelog about a released version, without its heading.
func notes(changelog, version string) (string, error) {
	var section strings.Builder
	wanted := false
	for line := range strings.Lines(changelog) {
		if strings.HasPrefix(line, "## ") {
			heading := releasedOn.FindStringSubmatch(strings.TrimSpace(line))
			wanted = heading != nil && heading[1] == version
		} else if wanted {
			section.WriteString(line)
		}
	}
	text := strings.TrimSpace(section.String())
	if text == "" {
		return "", fmt.Errorf("CHANGELOG.md says nothing under a heading \"## %s (Month D, YYYY)\"", version)
	}
	return text + "\n", nil
}
