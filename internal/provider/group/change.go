package group

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

// update changes a group that is in state. What is not configured goes along as
// it is now, since nobody knows what a server makes of a field that is left out.
func (r *groupResource) update(ctx context.Context, plan, config groupModel) (*imkit.Group, error) {
	existing, err := r.Session.API.GetGroup(ctx, plan.ID.ValueString())
	if err != nil && !imkit.IsNotFound(err) {
		return nil, err
	}
	return r.change(ctx, plan, config, existing)
}

// change makes a group what is planned, and returns it as the server lists it
// then. One that is as planned is left alone: not every server can change it.
func (r *groupResource) change(ctx context.Context, plan, config groupModel, existing *imkit.Group) (*imkit.Group, error) {
	if existing != nil && len(plan.differing(config, existing, false)) == 0 {
		return existing, nil
	}
	now, _, err := r.Session.API.UpdateGroup(ctx, plan.ID.ValueString(), plan.settings(config, existing))
	return now, err
}

// failed reports that a group was not created or not changed: isNew tells which
// of them was tried, and now, if it is known, is what the server has.
func failed(operation string, plan groupModel, isNew bool, now *imkit.Group, err error) diag.Diagnostics {
	var diags diag.Diagnostics
	id := plan.ID.ValueString()
	has := ""
	if now != nil {
		has = fmt.Sprintf("\n\nThe group has now: %s.", describe(now))
	}
	if members, ok := errors.AsType[*imkit.MembersError](err); ok {
		diags.AddAttributeError(path.Root("member_ids"), "Members do not exist",
			fmt.Sprintf("Tried to %s %s. The server has no client with the id %s, so the group was not %sd.%s\n\n"+
				"Check these ids, upper and lower case included. Where Terraform creates the clients as well, refer to their resources, "+
				"such as imkit_client.NAME.id, so that they are there first.", operation, named(id), tfvalue.ListIDs(members.IDs), operation, has))
		return diags
	}
	failure := session.APIError(operation, named(id), err)
	switch {
	case errors.Is(err, imkit.ErrCannotChange):
		diags.AddError(failure.Summary(), failure.Detail()+has+"\n\n"+waysOut(operation, id))
	case imkit.IsConflict(err) && isNew:
		diags.AddAttributeError(path.Root("id"), failure.Summary(), failure.Detail()+
			"\n\nThe list of groups did not have it a moment ago. Either somebody made it meanwhile, or a client has this ID: "+
			"the IDs of groups are among those of clients. Nothing was changed; plan again, or give the group another id.")
	case errors.Is(err, imkit.ErrListShort):
		diags.AddError(failure.Summary(), failure.Detail()+has+"\n\nGroups that are not in the list are not known to be gone, so nothing more was done.")
	default:
		diags.AddError(failure.Summary(), failure.Detail()+has)
	}
	return diags
}

// waysOut says what to do where a server cannot change a group.
func waysOut(operation, id string) string {
	again := ""
	if operation == "update" {
		again = "The state has what the server has, so the next plan shows the same change again. "
	}
	return again + fmt.Sprintf("Not every server can change a group, and none can delete one. Ways out:\n\n"+
		"  - Another group in its place: give the resource another id than %q or, where no id is configured, apply with -replace. "+
		"Rooms that refer to the id of the resource get the new group in the same apply; the one before stays on the server.\n"+
		"  - This group as it is: write its values into the configuration, or lifecycle { ignore_changes = [...] } with the attributes that cannot be changed.", id)
}

// readFailed reports that a group could not be read.
func readFailed(id string, err error) diag.Diagnostic {
	failure := session.APIError("read", named(id), err)
	if !errors.Is(err, imkit.ErrListShort) {
		return failure
	}
	return diag.NewErrorDiagnostic(failure.Summary(), failure.Detail()+
		"\n\nGroups that are not in the list are not known to be gone, so the state stays as it is. A setting of the server may allow longer lists.")
}

// named names a group in messages; one without an id is new.
func named(id string) string {
	if id == "" {
		return "group"
	}
	return fmt.Sprintf("group %q", id)
}
