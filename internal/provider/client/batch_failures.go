package client

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
	"github.com/imkit/terraform-provider-imkit/internal/provider/value"
)

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
	f.advice[session.Advice(err)] = true
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
		causes = append(causes, fmt.Sprintf("- %s: %s", value.ListIDs(ids), session.Sentence(cause)))
	}
	slices.Sort(causes)
	diags.AddError(fmt.Sprintf("Unable to %s %d of %d clients", operation, len(f.all), total),
		fmt.Sprintf("%s\n\n%s%s", outcome, strings.Join(causes, "\n"), strings.Join(slices.Sorted(maps.Keys(f.advice)), "")))
}
