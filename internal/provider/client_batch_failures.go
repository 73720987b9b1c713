package provider

import (
	"fmt"
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
	all     map[string]bool
}

func (f *failedIDs) add(err error, id string) {
	if f.all == nil {
		f.byCause, f.all = map[string][]string{}, map[string]bool{}
	}
	f.byCause[err.Error()] = append(f.byCause[err.Error()], id)
	f.all[id] = true
}

func (f failedIDs) has(id string) bool { return f.all[id] }

// report says which clients were not done, the first few by name.
func (f failedIDs) report(diags *diag.Diagnostics, operation string, total int) {
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
		fmt.Sprintf("These clients were not done; the others were, and stand in the state.\n\n%s", strings.Join(causes, "\n")))
}

func listIDs(ids []string) string {
	var quoted []string
	for _, id := range ids[:min(len(ids), shownIDs)] {
		quoted = append(quoted, fmt.Sprintf("%q", id))
	}
	list := strings.Join(quoted, ", ")
	if more := len(ids) - shownIDs; more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	return list
}
