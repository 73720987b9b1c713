package provider

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// shownIDs is how many ids a message lists before it only counts.
const shownIDs = 5

// failedIDs are the clients of a batch that something went wrong for, by what
// went wrong. The zero value is ready to use.
type failedIDs struct {
	byCause map[string][]string
	advice  map[string]bool
	all     map[string]bool
}

func (f *failedIDs) add(err error, id string) {
	if f.all == nil {
		f.byCause, f.advice, f.all = map[string][]string{}, map[string]bool{}, map[string]bool{}
	}
	f.byCause[err.Error()] = append(f.byCause[err.Error()], id)
	f.advice[advice(err)] = true
	f.all[id] = true
}

func (f failedIDs) has(id string) bool { return f.all[id] }

// report says which clients were not done, the first few by name, and what
// became of them and the others.
func (f failedIDs) report(diags *diag.Diagnostics, operation, outcome string, total int) {
	if len(f.all) == 0 {
		return
	}
	var causes []string
	for cause, ids := range f.byCause {
		slices.Sort(ids)
		causes = append(causes, fmt.Sprintf("- %s: %s", listIDs(ids), sentence(cause)))
	}
	slices.Sort(causes)
	diags.AddError(fmt.Sprintf("Unable to %s %d of %d clients", operation, len(f.all), total),
		fmt.Sprintf("%s\n\n%s%s", outcome, strings.Join(causes, "\n"), strings.Join(slices.Sorted(maps.Keys(f.advice)), "")))
}

func listIDs(ids []string) string {
	var quoted []string
	for _, id := range ids {
		quoted = append(quoted, fmt.Sprintf("%q", id))
	}
	return firstFew(quoted)
}

// firstFew lists what is shown of many, and counts the rest.
func firstFew(words []string) string {
	list := strings.Join(words[:min(len(words), shownIDs)], ", ")
	if more := len(words) - shownIDs; more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	return list
}
