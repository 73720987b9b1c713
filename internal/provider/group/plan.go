package group

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
)

// ModifyPlan changes nothing. It says what only the server knows: that a group
// which is about to be created exists.
func (r *groupResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if r.Session == nil {
		return
	}
	prior := r.Session.PriorID(ctx, session.NounGroup, req.State, &resp.Diagnostics)
	if req.Plan.Raw.IsNull() {
		return
	}
	var plan, config groupModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	// Terraform plans a group with another id twice, and keeps what it is told first.
	if resp.Diagnostics.HasError() || plan.ID.Equal(prior) || plan.ID.IsUnknown() || plan.AdoptExisting.IsUnknown() || !r.CanCall() {
		return
	}
	existing, exists := session.LookAhead(ctx, r.Session, session.NounGroup, plan.ID.ValueString(), r.Session.API.GetGroup, &resp.Diagnostics)
	switch {
	case !exists:
	case plan.AdoptExisting.ValueBool():
		resp.Diagnostics.Append(session.WillBeTakenOver(session.NounGroup, existing.ID, changeOf(plan, config, existing)))
	default:
		resp.Diagnostics.Append(session.WillStop(session.AlreadyExists(session.NounGroup, existing.ID)))
	}
}

// changeOf says what taking a group over changes of it.
func changeOf(plan, config groupModel, existing *imkit.Group) string {
	return session.ChangesOf("What will change, where the server can change groups", plan.differing(config, existing, false), map[string]attr.Value{
		"avatar_url": config.AvatarURL, "member_ids": config.MemberIDs, "nickname": config.Nickname,
	})
}
