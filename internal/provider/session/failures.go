package session

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

// FailedIDs are those of many clients that something went wrong for, by what went
// wrong. The zero value is ready to use.
type FailedIDs struct {
	byCause map[string][]string
	advice  map[string]bool
	all     map[string]bool
}

// Add notes what went wrong for a client.
func (f *FailedIDs) Add(err error, id string) {
	if f.all == nil {
		f.byCause, f.advice, f.all = map[string][]string{}, map[string]bool{}, map[string]bool{}
	}
	f.byCause[err.Error()] = append(f.byCause[err.Error()], id)
	f.advice[Advice(err)] = true
	f.all[id] = true
}

// Has reports whether something went wrong for a client.
func (f FailedIDs) Has(id string) bool { return f.all[id] }

// Len is the number of clients.
func (f FailedIDs) Len() int { return len(f.all) }

// IDs lists the clients, sorted.
func (f FailedIDs) IDs() []string { return slices.Sorted(maps.Keys(f.all)) }

// Report says which clients were not done, the first few by name, and what
// became of them and the others.
func (f FailedIDs) Report(diags *diag.Diagnostics, operation, outcome string, total int) {
	if len(f.all) == 0 {
		return
	}
	var causes []string
	for cause, ids := range f.byCause {
		slices.Sort(ids)
		causes = append(causes, fmt.Sprintf("- %s: %s", tfvalue.ListIDs(ids), Sentence(cause)))
	}
	slices.Sort(causes)
	diags.AddError(fmt.Sprintf("Unable to %s %d of %d clients", operation, len(f.all), total),
		fmt.Sprintf("%s\n\n%s%s", outcome, strings.Join(causes, "\n"), strings.Join(slices.Sorted(maps.Keys(f.advice)), "")))
}
