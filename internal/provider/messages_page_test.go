package provider_test

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	inCode = regexp.MustCompile("`([^`]+)`")
	// messageTables are the rows under such a heading, the first cell of each.
	messageTables = regexp.MustCompile(`(?m)^\| Terraform (?:says|warns) \|.*\n\|.*\n((?:\|.*\n)+)`)
	firstCells    = regexp.MustCompile(`(?m)^\| ([^|]*) \|`)
)

// TestMessagesPage checks that each error and warning of the code has its words on the
// page of messages, and that the page has none that the code has no more.
func TestMessagesPage(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("../../templates/guides/messages.md.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	page := string(content)
	var shown []string
	for _, words := range inCode.FindAllStringSubmatch(page, -1) {
		shown = append(shown, words[1])
	}
	summaries := readSummaries(t)
	if len(summaries) < 100 {
		t.Fatalf("read only %d summaries", len(summaries))
	}
	var all []*regexp.Regexp
	for _, summary := range slices.Sorted(maps.Keys(summaries)) {
		// An operation is shown without its object.
		pattern := regexp.QuoteMeta(strings.TrimSuffix(summary, " "+gap))
		if strings.HasSuffix(summary, " "+gap) {
			pattern += "( .+)?"
		}
		words := regexp.MustCompile("^" + strings.ReplaceAll(pattern, gap, ".+") + "$")
		all = append(all, words)
		if !slices.ContainsFunc(shown, words.MatchString) {
			t.Errorf("the page does not have %q: %s", summary, summaries[summary])
		}
	}
	for _, table := range messageTables.FindAllStringSubmatch(page, -1) {
		for _, cell := range firstCells.FindAllStringSubmatch(table[1], -1) {
			for _, words := range inCode.FindAllStringSubmatch(cell[1], -1) {
				if !slices.ContainsFunc(all, func(summary *regexp.Regexp) bool { return summary.MatchString(words[1]) }) {
					t.Errorf("the page has %q, and the code does not", words[1])
				}
			}
		}
	}
}
