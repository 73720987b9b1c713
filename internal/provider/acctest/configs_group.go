package acctest

import (
	"fmt"
	"strings"

	"github.com/imkit/terraform-provider-imkit/internal/provider/value"
)

// Where [Group] and [UnnamedGroup] put their resource, and what it calls.
const (
	GroupAddress = "imkit_group.test"
	RouteGroups  = "/admin/groups"
)

// Group is a group resource with these lines in its body.
func Group(id string, lines ...string) string {
	return UnnamedGroup(append([]string{"id = " + value.HCLString(id)}, lines...)...)
}

// UnnamedGroup is one whose id the provider makes.
func UnnamedGroup(lines ...string) string {
	return fmt.Sprintf("resource \"imkit_group\" \"test\" {\n  %s\n}\n", strings.Join(lines, "\n  "))
}

// SentGroups are the bodies of the calls that made or changed groups so far.
func (w *World) SentGroups() []map[string]any {
	var bodies []map[string]any
	for _, r := range w.Requests() {
		if r.Method == "POST" && r.Route == RouteGroups {
			bodies = append(bodies, r.JSON)
		}
	}
	return bodies
}
