package message

import (
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
)

// sending is what an action sends, and to whom, in words for messages: "message",
// `room "lobby"`.
type sending struct {
	what, to string
	// look says how people find out whether it was sent.
	look string
	// attributeOf is where a client's id is configured.
	attributeOf func(id string) path.Path
}

// failed reports a call that failed: whether it may have been sent, else who or
// what does not exist.
func (s sending) failed(err error) diag.Diagnostics {
	var diags diag.Diagnostics
	members, ok := errors.AsType[*imkit.MembersError](err)
	switch {
	case imkit.OutcomeUnknown(err):
		diags.AddError("Unable to tell whether the "+s.what+" was sent",
			fmt.Sprintf("Tried to send a %s to %s. %s\n\n%s Invoke the action again only if that did not happen: it would be sent a second time.",
				s.what, s.to, session.Sentence(err.Error()), s.look))
	case ok && members.Problem == imkit.MemberUnknown:
		for _, id := range members.IDs {
			diags.AddAttributeError(s.attributeOf(id), "Client does not exist",
				fmt.Sprintf("There is no client %q on the server, so the %s to %s was not sent. Check the id, upper and lower case included.", id, s.what, s.to))
		}
	default:
		diags.AddError("Unable to send "+s.what,
			fmt.Sprintf("Tried to send a %s to %s. %s Nothing was sent.%s", s.what, s.to, session.Sentence(err.Error()), session.Advice(err)))
	}
	return diags
}

// progress reports what is being done.
func progress(resp *action.InvokeResponse, format string, args ...any) {
	resp.SendProgress(action.InvokeProgressEvent{Message: fmt.Sprintf(format, args...)})
}
