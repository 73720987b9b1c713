// Package group has what Terraform sees of user groups: the resource imkit_group, the data
// source imkit_groups and the list.
package group

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/go-uuid"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

var (
	_ resource.ResourceWithIdentity    = (*groupResource)(nil)
	_ resource.ResourceWithImportState = (*groupResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*groupResource)(nil)
)

type groupResource struct{ session.Resource }

// NewResource makes the resource imkit_group.
func NewResource() resource.Resource {
	return &groupResource{session.Resource{Name: "group"}}
}

func (r *groupResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = session.IdentitySchema(map[string]string{"id": "ID of the group."})
}

func (r *groupResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Manages a user group, a virtual client for a team.",
		Attributes: map[string]schema.Attribute{
			"id": session.OptionalID("ID of the group: any string in Unicode NFC that no client has, except `\"\"`, `.` and `..`; at most 7 KiB when URL-encoded. Defaults to a UUID that the provider makes. "+
				"Changing it creates another group.", tfvalue.GroupID),
			"nickname": schema.StringAttribute{
				MarkdownDescription: "Display name of the group. Must not be empty. IMKIT documents no length limit.",
				Required:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"avatar_url":     session.OptionalString("URL of the group's picture, `http` or `https`.", tfvalue.WebURLOrEmpty),
			"member_ids":     session.OptionalSet("IDs of the clients in the group, which must exist.", tfvalue.ClientID),
			"adopt_existing": session.AdoptExisting(session.NounGroup, "changing only what is configured"),
		},
	}
}

// ModifyPlan warns of another resource that manages the same group.
func (r *groupResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() || r.Session == nil {
		return
	}
	var plan, config groupModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if !resp.Diagnostics.HasError() && !plan.ID.IsUnknown() {
		content := fmt.Sprint(config.Nickname, config.AvatarURL, config.MemberIDs)
		r.Session.WarnShared(&resp.Diagnostics, session.NounGroup, plan.ID.ValueString(), content, session.NounGroup.Named(plan.ID.ValueString()))
	}
}

// Create makes the group, or takes over one that exists.
func (r *groupResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan, config groupModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() || !r.ReadyToApply(&resp.Diagnostics) {
		return
	}
	if !plan.ID.IsUnknown() {
		defer r.Session.Lock(session.NounGroup, plan.ID.ValueString())()
	}
	id, existing, replaces, err := r.findForCreate(ctx, plan, config)
	plan.ID = types.StringValue(id)
	if existing != nil && !replaces && !plan.AdoptExisting.ValueBool() {
		resp.Diagnostics.Append(session.AlreadyExists(session.NounGroup, id))
		return
	}

	var now *imkit.Group
	switch {
	case err != nil: // nothing is sent
	case existing == nil:
		var recovered error
		now, recovered, err = r.Session.API.CreateGroup(ctx, id, plan.settings(config, nil))
		session.WarnRecovered(&resp.Diagnostics, "Group", "created", session.NounGroup.Named(id), recovered)
	default:
		now, err = r.change(ctx, plan, config, existing, &resp.Diagnostics)
	}
	plan.fillUnknown(existing, now)
	err = warnOtherwise(plan, config, now, err, &resp.Diagnostics)
	if err != nil {
		resp.Diagnostics.Append(failed("create", plan, config, existing == nil, now, err)...)
		if replaces || existing == nil && imkit.OutcomeUnknown(err) {
			r.keepTainted(ctx, plan, now, resp)
		}
		return
	}
	if existing != nil && !replaces {
		resp.Diagnostics.Append(session.TakenOver(session.NounGroup, id))
	}
	r.save(ctx, plan, resp)
}

// findForCreate looks for the group: to some servers, a create of one that exists is a change.
// Without an id, it makes one. But where this run destroyed a tainted group whose create had lost
// its answer, and that group is there as it is planned, it takes that one: no server can delete
// it.
func (r *groupResource) findForCreate(ctx context.Context, plan, config groupModel) (id string, existing *imkit.Group, replaces bool, err error) {
	if !plan.ID.IsUnknown() {
		id = plan.ID.ValueString()
		replaces = r.Session.TakeReleased(session.NounGroup, id)
		existing, err = r.Session.API.FindGroup(ctx, id)
		if imkit.IsNotFound(err) { // and nothing is in the way
			err = nil
		}
		return id, existing, replaces, err
	}
	unfinished := r.Session.Unfinished(session.NounGroup)
	var groups []*imkit.Group
	if len(unfinished) > 0 {
		if groups, err = r.Session.API.ListGroups(ctx); err != nil {
			return "", nil, false, err
		}
	}
	for _, group := range groups {
		_, notMade := uuid.ParseUUID(group.ID)
		if notMade == nil && slices.Contains(unfinished, group.ID) && len(plan.differing(config, group, false)) == 0 && r.Session.TakeReleased(session.NounGroup, group.ID) {
			return group.ID, group, true, nil
		}
	}
	return session.NewID(), nil, false, nil
}

// keepTainted keeps a group in state that may be on the server and nobody else's. The next apply
// knows it by adopt_existing, which is null of no other. now may be nil.
func (r *groupResource) keepTainted(ctx context.Context, plan groupModel, now *imkit.Group, resp *resource.CreateResponse) {
	plan.fillUnknown()
	if now != nil {
		plan.refresh(now)
	}
	plan.AdoptExisting = types.BoolNull() // nothing but attributes of a tainted object reaches its Delete
	resp.Diagnostics.AddWarning("Group is kept in state as tainted",
		fmt.Sprintf("Group %q may be on the server, so it is kept in state as tainted. The next apply looks for it, and uses it if it is there.", plan.ID.ValueString()))
	r.save(ctx, plan, resp)
}

// save writes a group that was created into the state.
func (r *groupResource) save(ctx context.Context, group groupModel, resp *resource.CreateResponse) {
	r.Session.RememberCreated(session.NounGroup, group.ID.ValueString())
	resp.Diagnostics.Append(resp.State.Set(ctx, group)...)
	resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root("id"), group.ID)...)
}

// Read looks for the group in the list. One that is gone leaves the state.
func (r *groupResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state groupModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	imported := session.IsImported(ctx, req.Private, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root("id"), state.ID)...)
	if resp.Diagnostics.HasError() || !r.CanCall() {
		return
	}
	id := state.ID.ValueString()
	r.Session.Refreshed.Store(true)

	reported, err := r.Session.API.GetGroup(ctx, id)
	switch {
	case imkit.IsNotFound(err):
		session.Gone(ctx, session.NounGroup, id, imported, resp)
		return
	case imkit.IsUnsupported(err) && !imported:
		r.Session.WarnUnseen(&resp.Diagnostics, "Server cannot list groups", "list user groups (GET /admin/groups)", "groups")
	case err != nil:
		failure := session.APIError("read", session.NounGroup.Named(id), err)
		if errors.Is(err, imkit.ErrListShort) {
			failure = diag.NewErrorDiagnostic(failure.Summary(), failure.Detail()+
				"\n\nGroups that are missing from an incomplete list may still exist, so the state was not changed. Ask whoever runs the server whether a setting allows longer lists.")
		}
		resp.Diagnostics.Append(failure)
		return
	default:
		session.WarnNotNFC(&resp.Diagnostics, session.NounGroup.Named(id), notNFC(reported))
		state.refresh(reported)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	resp.Diagnostics.Append(session.WasRead(ctx, resp.Private)...)
}

// Update changes the group, if more than settings of the resource changed. On failure, the state
// has what the server has.
func (r *groupResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, config, state groupModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() || !r.ReadyToApply(&resp.Diagnostics) {
		return
	}
	if plan.changes(state) {
		defer r.Session.Lock(session.NounGroup, plan.ID.ValueString())()
		var now *imkit.Group
		existing, err := r.Session.API.GetGroup(ctx, plan.ID.ValueString())
		if err == nil || imkit.IsNotFound(err) {
			now, err = r.change(ctx, plan, config, existing, &resp.Diagnostics)
			err = warnOtherwise(plan, config, now, err, &resp.Diagnostics)
		}
		if now != nil {
			state.refresh(now)
		}
		if err != nil {
			resp.Diagnostics.Append(failed("update", plan, config, false, now, err)...)
			resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
			return
		}
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root("id"), plan.ID)...)
}

// change makes a group what is planned, if it is not, and returns it as listed then. What is not
// configured is sent along as it is: a server may clear what is left out.
func (r *groupResource) change(ctx context.Context, plan, config groupModel, existing *imkit.Group, diags *diag.Diagnostics) (*imkit.Group, error) {
	if existing != nil && len(plan.differing(config, existing, false)) == 0 {
		return existing, nil
	}
	id := plan.ID.ValueString()
	now, recovered, err := r.Session.API.UpdateGroup(ctx, id, plan.settings(config, existing), existing)
	session.WarnRecovered(diags, "Group", "updated", session.NounGroup.Named(id), recovered)
	return now, err
}

// warnOtherwise warns where the server does not show the group yet, or keeps it otherwise. Any
// other error is the caller's.
func warnOtherwise(plan, config groupModel, now *imkit.Group, err error, diags *diag.Diagnostics) error {
	group := session.NounGroup.Named(plan.ID.ValueString())
	switch {
	case errors.Is(err, imkit.ErrNotShown):
		diags.AddWarning("Server does not show the group yet",
			fmt.Sprintf("The server has accepted the new values of %s, but does not show them yet. "+
				"The next plan may show a change: wait until the server shows the group, then plan again.", group))
		return nil
	case err == nil:
		session.WarnAltered(diags, group, plan.differing(config, now, true))
	}
	return err
}

// Delete ends the management of the group. The API cannot delete one.
func (r *groupResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state groupModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() || !r.ReadyToApply(&resp.Diagnostics) {
		return
	}
	id := state.ID.ValueString()
	if r.Session.WasCreated(session.NounGroup, id) {
		return
	}
	release := r.Session.Release
	if state.AdoptExisting.IsNull() {
		release = r.Session.ReleaseUnfinished
	}
	release(session.NounGroup, id)
	if r.Session.First("group destroyed") {
		resp.Diagnostics.AddWarning("Group remains on the server",
			fmt.Sprintf("The IMKIT API cannot delete a group, so group %q stays on the server as it is, in every room that it is a member of. "+
				"To manage it again, import it or create it with its id and adopt_existing = true.\n\n"+
				"This warning is shown once for all groups that this run destroys.", id))
	}
}

func (r *groupResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	r.ImportByID(ctx, session.NounGroup, map[string]any{"adopt_existing": false}, req, resp)
}

// failed reports that a group was not created or changed. now is what the server has, if known.
func failed(operation string, plan, config groupModel, isNew bool, now *imkit.Group, err error) diag.Diagnostics {
	var diags diag.Diagnostics
	id := plan.ID.ValueString()
	has := ""
	if now != nil {
		if names := plan.differing(config, now, true); len(names) > 0 {
			has = fmt.Sprintf("\n\nThese attributes of the group differ from the plan: %s.", strings.Join(names, ", "))
		}
	}
	if members, ok := errors.AsType[*imkit.MembersError](err); ok {
		diags.AddAttributeError(path.Root("member_ids"), "Members do not exist",
			fmt.Sprintf("Tried to %s %s. These clients do not exist on the server: %s. The group was not %sd.%s\n\n"+
				"Check these ids, upper and lower case included. If Terraform creates the clients as well, refer to their resources, "+
				"such as imkit_client.NAME.id, so that they are created first.", operation, session.NounGroup.Named(id), tfvalue.ListIDs(members.IDs), operation, has))
		return diags
	}
	failure := session.APIError(operation, session.NounGroup.Named(id), err)
	detail := failure.Detail() + has
	switch {
	case errors.Is(err, imkit.ErrCannotChange):
		detail += "\n\n"
		if operation == "update" {
			detail += "The state reflects the server, so the next plan shows the same change again. "
		}
		detail += fmt.Sprintf("Not every server can change a group, and none can delete one. To resolve this, do one of the following:\n\n"+
			"  - Create another group: change the id %q in the configuration or, if no id is configured, apply with -replace. "+
			"Rooms that refer to the id of the resource get the new group in the same apply; the old group stays on the server.\n"+
			"  - Keep this group as it is: configure the values that it has, or list the attributes that cannot be changed in lifecycle { ignore_changes = [...] }.", id)
	case imkit.IsOtherID(err) && isNew:
		diags.AddAttributeError(path.Root("id"), failure.Summary(), detail+
			"\n\nThe server stored the group under another ID, so it is not in the state. To manage that group, "+
			"configure the ID that the server has, and set adopt_existing = true.")
		return diags
	case imkit.IsConflict(err) && isNew:
		diags.AddAttributeError(path.Root("id"), failure.Summary(), detail+
			"\n\nThe group was not in the list a moment ago. Either it has just been created elsewhere, or a client has this ID: "+
			"a group cannot have the ID of a client. Nothing was changed. Plan again, or configure another id.")
		return diags
	case errors.Is(err, imkit.ErrListShort):
		detail += "\n\nGroups that are missing from an incomplete list may still exist, so nothing more was done. Ask whoever runs the server whether a setting allows longer lists."
	}
	diags.AddError(failure.Summary(), detail)
	return diags
}
