package session

import (
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"

	"github.com/imkit/terraform-provider-imkit/internal/provider/value"
)

// TakeOver says, for a plan, what taking an object over will change, by the names of
// attributes: those of which the server has another value, after the words that
// introduce them, and those of the configured ones that are not known yet.
func TakeOver(words string, differing []string, configured map[string]attr.Value) string {
	maps.DeleteFunc(configured, func(_ string, v attr.Value) bool { return value.IsWhollyKnown(v) })
	unknown := slices.Sorted(maps.Keys(configured))
	differing = slices.DeleteFunc(differing, func(name string) bool { return slices.Contains(unknown, name) })
	var said []string
	if len(differing) > 0 {
		said = append(said, words+": "+strings.Join(differing, ", ")+".")
	}
	if len(unknown) > 0 {
		said = append(said, "What may change, once it is known: "+strings.Join(unknown, ", ")+".")
	}
	if len(said) == 0 {
		return "Nothing of it will change."
	}
	return strings.Join(said, " ")
}
