package group

import (
	"context"

	"github.com/hashicorp/go-uuid"
	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
)

// claim is what a resource is about to be made of.
type claim struct {
	id string
	// existing is the group on the server, nil where there is none.
	existing *imkit.Group
	// ours tells that it was the resource's before this run destroyed that.
	ours bool
}

// claim looks for the group before it is created, and refuses to go on where
// that would overwrite what somebody else made: to some servers, a create of a
// group that exists is a change.
func (r *groupResource) claim(ctx context.Context, plan, config groupModel) (claim, diag.Diagnostics) {
	var diags diag.Diagnostics
	if plan.ID.IsUnknown() {
		return r.claimUnnamed(ctx, plan, config)
	}
	c := claim{id: plan.ID.ValueString()}
	c.ours = r.Session.TakeReleased(session.NounGroup, c.id)
	var err error
	c.existing, err = r.Session.API.GetGroup(ctx, c.id)
	switch {
	case imkit.IsNotFound(err):
		c.existing = nil
	case err != nil:
		diags.Append(failed("create", plan, true, nil, err)...)
	case !c.ours && !plan.AdoptExisting.ValueBool():
		diags.Append(session.AlreadyExists(session.NounGroup, c.id))
	}
	return c, diags
}

// claimUnnamed makes an id, which no group has. But where this run destroyed the
// resource of a group that is what is planned to be made, and whose id was made
// as well, it is that group, since no server can delete it. So a create whose answer
// was lost, and which is tainted, does not end in two groups.
func (r *groupResource) claimUnnamed(ctx context.Context, plan, config groupModel) (claim, diag.Diagnostics) {
	var diags diag.Diagnostics
	var groups []*imkit.Group
	var err error
	if r.Session.AnyReleased(session.NounGroup) {
		if groups, err = r.Session.API.ListGroups(ctx); err != nil {
			diags.Append(failed("create", plan, true, nil, err)...)
			return claim{}, diags
		}
	}
	for _, group := range groups {
		_, notMade := uuid.ParseUUID(group.ID)
		if notMade == nil && len(plan.differing(config, group, false)) == 0 && r.Session.TakeReleased(session.NounGroup, group.ID) {
			return claim{id: group.ID, existing: group, ours: true}, diags
		}
	}
	id, err := uuid.GenerateUUID()
	if err != nil {
		diags.AddError("Unable to make an ID", session.Sentence(err.Error()))
	}
	return claim{id: id}, diags
}
