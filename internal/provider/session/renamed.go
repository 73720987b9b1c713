package session

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// PlansToCreate notes that this run plans to create an object, and warns if it plans to
// destroy one of the same id as well: a resource that got another name, without a
// moved block. Terraform plans a replacement as a create alone.
func (s *Session) PlansToCreate(noun Noun, id string, diags *diag.Diagnostics) {
	s.warnRenamed(s.coming, noun, id, diags)
}

// PlansToDestroy is the other half of it: either may be planned first.
func (s *Session) PlansToDestroy(noun Noun, id string, diags *diag.Diagnostics) {
	s.warnRenamed(s.leaving, noun, id, diags)
}

func (s *Session) warnRenamed(planned map[named]bool, noun Noun, id string, diags *diag.Diagnostics) {
	key := named{noun, id}
	s.mu.Lock()
	planned[key] = true
	both := s.coming[key] && s.leaving[key]
	s.mu.Unlock()
	if both && s.First(fmt.Sprintf("renamed: %s %q", noun.Name, id)) {
		diags.AddWarning(title(noun.Short)+" is destroyed and created at once",
			fmt.Sprintf("This plan destroys a resource of %s %q and creates another. If that is the same one with another name, or another key of for_each, "+
				"tell Terraform, and nothing is done to the %s:\n\n  moved {\n    from = %s.OLD_NAME\n    to   = %s.NEW_NAME\n  }\n\n"+
				"Otherwise what on_destroy says is done, and the creation may fail because the %s exists.", noun.Short, id, noun.Short, noun.Type, noun.Type, noun.Short))
	}
}
