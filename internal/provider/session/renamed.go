package session

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// PlansToCreate notes that this run plans to create a client, and warns if it plans to
// destroy a resource of the same id as well: one that got another name, without a
// moved block, and whose tokens end. Terraform plans a replacement as a create alone.
// In an apply, which plans again, such advice comes too late.
func (s *Session) PlansToCreate(id string, diags *diag.Diagnostics) {
	s.warnRenamed(id, func(r *record) { r.creating = true }, diags)
}

// PlansToDestroy is the other half of it: either may be planned first.
func (s *Session) PlansToDestroy(id string, diags *diag.Diagnostics) {
	s.warnRenamed(id, func(r *record) { r.destroying = true }, diags)
}

func (s *Session) warnRenamed(id string, planned func(*record), diags *diag.Diagnostics) {
	var both bool
	s.update(NounClient, id, func(r *record) {
		planned(r)
		both = r.creating && r.destroying
	})
	if !both || s.applying.Load() || !s.First("renamed: "+id) {
		return
	}
	diags.AddWarning("Client is destroyed and created at once",
		fmt.Sprintf("This plan destroys a resource of client %q and creates another. If that is the same one with another name, or another key of for_each, "+
			"tell Terraform, and nothing is done to the client:\n\n  moved {\n    from = imkit_client.OLD_NAME\n    to   = imkit_client.NEW_NAME\n  }\n\n"+
			"Otherwise what on_destroy says is done, and the creation may fail because the client exists.", id))
}
