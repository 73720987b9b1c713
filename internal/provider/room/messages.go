package room

import (
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

// named names a room in messages.
func named(id string) string { return fmt.Sprintf("room %q", id) }

// failed reports a call that failed. People who do not exist, or did not join,
// are named on the attributes that have them.
func failed(operation string, plan roomModel, err error) diag.Diagnostics {
	var diags diag.Diagnostics
	id := plan.ID.ValueString()
	people, problem := peopleOf(err)
	if problem != imkit.MemberUnknown { // which owners and managers cannot have
		summary, detail := problemOf(problem, people)
		diags.AddAttributeError(path.Root("member_ids"), summary, fmt.Sprintf("Tried to %s %s. %s", operation, named(id), detail))
		return diags
	}
	for _, attribute := range []struct {
		name string
		ids  []string
	}{
		{"member_ids", plan.MemberIDs.Strings()},
		{"owner_id", []string{plan.OwnerID.ValueString()}},
		{"manager_ids", tfvalue.StringsOf(plan.ManagerIDs)},
	} {
		if those := without(people, without(people, attribute.ids)); len(those) > 0 {
			summary, detail := problemOf(problem, those)
			if call := errors.Unwrap(err); call != nil {
				detail += "\n\n" + session.Sentence(call.Error())
			}
			diags.AddAttributeError(path.Root(attribute.name), summary, fmt.Sprintf("Tried to %s %s. %s", operation, named(id), detail))
		}
	}
	if !diags.HasError() {
		diags.Append(session.APIError(operation, named(id), err))
	}
	return diags
}

// peopleOf are those whom an error is about, and what is wrong with them.
func peopleOf(err error) ([]string, imkit.MemberProblem) {
	if unknown, ok := errors.AsType[unknownPeople](err); ok {
		return unknown, imkit.MemberUnknown
	}
	if invited, ok := errors.AsType[invitedPeople](err); ok {
		return invited, imkit.MemberInvited
	}
	if members, ok := errors.AsType[*imkit.MembersError](err); ok {
		return members.IDs, members.Problem
	}
	return nil, imkit.MemberUnknown
}

func problemOf(problem imkit.MemberProblem, ids []string) (summary, detail string) {
	switch problem {
	case imkit.MemberInvited:
		return "Member was invited, and has not joined",
			fmt.Sprintf("The server invited %s where it was told to add them: a setting of the server decides that. They are members once they accept, "+
				"and nothing waits for it but what names them. Until then each plan shows that they are missing, and its apply tries again.", tfvalue.ListIDs(ids))
	case imkit.MemberStays:
		return "Member was not removed",
			fmt.Sprintf("The server reported that it removed %s, but still lists them as members. The next apply tries again.", tfvalue.ListIDs(ids))
	default:
		return "Client does not exist",
			fmt.Sprintf("There is no client on the server, and no group, with an ID of %s. Check the spelling, upper and lower case included. "+
				"Where Terraform creates the client, refer to it, such as by imkit_client.NAME.id, so that it is there first.", tfvalue.ListIDs(ids))
	}
}

// alreadyExists is the error of an apply that may not take the room over. existing is
// what is known of it; nil is nothing.
func alreadyExists(id string, existing *imkit.Room) diag.DiagnosticWithPath {
	failure := session.AlreadyExists(session.NounRoom, id)
	is := "is"
	switch {
	case existing == nil || existing.Frozen.Value == nil:
		is = "may be"
	case !*existing.Frozen.Value:
		return failure
	}
	return diag.NewAttributeErrorDiagnostic(failure.Path(), failure.Summary(), failure.Detail()+
		fmt.Sprintf("\n\nThe room %s frozen, as a destroy leaves a room unless on_destroy says otherwise: "+
			"nothing of it is lost, and once it is imported or taken over, frozen = false thaws it.", is))
}

// cannotLook says that whether a room exists is not known, so that it is not made.
func cannotLook(id string, err error) diag.Diagnostic {
	failure := session.APIError("look for", named(id), err)
	if !errors.Is(err, imkit.ErrRoomUnclear) {
		return failure
	}
	return diag.NewAttributeErrorDiagnostic(path.Root("id"), failure.Summary(), failure.Detail()+
		"\n\nIf there is no such room yet, leave id out: the provider then makes one that no room has, and need not look.")
}

// notAGroupRoom is the error of a room of two people.
func notAGroupRoom(id string) diag.DiagnosticWithPath {
	return diag.NewAttributeErrorDiagnostic(path.Root("id"), "Room is a conversation of two people",
		fmt.Sprintf("Room %q is a direct room. Those are made by the app as two people begin to talk, and are not managed; it was not changed.", id))
}

// staysFrozen is what people should know of a room that is frozen, and that
// nothing they configured thaws.
func staysFrozen(id string) string {
	return fmt.Sprintf("Room %q is frozen: nobody can write in it, and it is not in its members' lists. It stays so unless the configuration has frozen = false.", id)
}

// notShown is what people should know of a room that the server hides.
func notShown(id string) string {
	return fmt.Sprintf("Room %q exists, but the server does not show it, as it does with rooms that are frozen. So it is taken to be frozen; "+
		"of everything else, the state is kept as it is. To thaw the room, configure frozen = false.", id)
}

// takenOver is what the apply that took a room over warns of.
func takenOver(id string, frozen bool) diag.Diagnostics {
	diags := diag.Diagnostics{session.TakenOver(session.NounRoom, id)}
	if frozen {
		diags.AddWarning("Room that was taken over is frozen", staysFrozen(id))
	}
	return diags
}

// halfMade says what becomes of a room whose creation did not end well. made tells
// that it is there for sure, and newID that its id was not configured.
func halfMade(id string, made, newID bool) diag.Diagnostic {
	state := "may be on the server"
	if made {
		state = "is on the server, but not all that is configured was done"
	}
	replaced := "It is made what is configured under the same id, and nothing of it is lost."
	if newID {
		replaced = "As no id is configured, that freezes this room and makes another one."
	}
	return diag.NewWarningDiagnostic("Room is kept in state as tainted",
		fmt.Sprintf("Room %q %s. Terraform marks a resource whose creation failed as tainted: the next apply replaces it. %s "+
			"To keep this room and do just the rest, run `terraform untaint` with the address of the resource first.", id, state, replaced))
}

// mayBeInUse says why a room is not frozen or deleted.
func mayBeInUse(id, onDestroy string) string {
	return session.MadeFirst(named(id)) + fmt.Sprintf(" It may be for the same room, so on_destroy = %q was not done. "+
		"If nothing manages the room any more: import it and destroy it.", onDestroy)
}

// warnNoRooms says, once in a run, that drift cannot be seen.
func warnNoRooms(s *session.Session, diags *diag.Diagnostics) {
	s.WarnUnseen(diags, "Server cannot show rooms", "read a room (GET /rooms/{id})", "rooms and members")
}

// warnMembersHidden says, once in a run, that nobody can see who is in a room.
func warnMembersHidden(s *session.Session, diags *diag.Diagnostics) {
	if s.First("members hidden") {
		diags.AddWarning("Server does not show who is in a room",
			"This chat server leaves the members out of its replies about rooms. They are taken to be as the state has them: "+
				"whether they joined, and that they have left, cannot be seen.")
	}
}

// remaining says what remains on the server of a room that is destroyed, once in
// a run for each value of on_destroy. Nothing remains of one that is deleted.
func remaining(s *session.Session, id, onDestroy string) diag.Diagnostics {
	var diags diag.Diagnostics
	said := map[string]string{
		onDestroyFreeze: "was frozen: nobody can write in it, and it is not in its members' lists any more, but nothing of it is lost (on_destroy = \"freeze\").",
		onDestroyKeep:   "was left as it is (on_destroy = \"keep\").",
	}[onDestroy]
	if said != "" && s.First("room destroyed: "+onDestroy) {
		diags.AddWarning("Room remains on the server",
			fmt.Sprintf("Room %q %s After a destroy, it can be managed again with an import, or created with adopt_existing = true, and frozen = false thaws it.\n\n"+
				"Other rooms that this run destroys in the same way get no warning of their own.", id, said))
	}
	return diags
}
