// Package message has the actions imkit_send_message, imkit_broadcast and
// imkit_push_notification. Nothing is sent twice, because none of it can be taken back, and
// no error and no log repeats what was sent.
package message

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

// defaultType is the type of messages that name none.
const defaultType = "text"

type sendAction struct{ session.Action }

// NewSendAction makes the action imkit_send_message.
func NewSendAction() action.Action {
	return &sendAction{session.Action{Name: "send_message"}}
}

// sendModel is imkit_send_message.
type sendModel struct {
	RoomID      types.String     `tfsdk:"room_id"`
	SenderID    types.String     `tfsdk:"sender_id"`
	Message     types.String     `tfsdk:"message"`
	MessageType types.String     `tfsdk:"message_type"`
	Push        types.Bool       `tfsdk:"push"`
	MentionIDs  tfvalue.LargeSet `tfsdk:"mention_ids"`
}

func (a *sendAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Sends a message to a room (Terraform 1.14 and later).",
		Attributes: map[string]schema.Attribute{
			"room_id":      required("ID of the room, which must exist and not be frozen.", tfvalue.RoomID),
			"sender_id":    required("ID of the client that sends the message, which must exist.", tfvalue.ClientID),
			"message":      required("Text of the message. Must not be empty.", notEmpty),
			"message_type": optional(messageType, notEmpty),
			"push": schema.BoolAttribute{
				MarkdownDescription: "Whether members get a push notification. Defaults to `true`.",
				Optional:            true,
			},
			"mention_ids": schema.SetAttribute{
				MarkdownDescription: "IDs of the clients that the message mentions.",
				CustomType:          tfvalue.NewLargeSetType(),
				ElementType:         types.StringType,
				Optional:            true,
				Validators:          []validator.Set{setvalidator.NoNullValues(), setvalidator.ValueStringsAre(tfvalue.ClientID)},
			},
		},
	}
}

// messageType describes the attribute message_type.
const messageType = "Type of the message: `text`, `announcement`, or one of the application's own. Defaults to `" + defaultType + "`."

var notEmpty = stringvalidator.LengthAtLeast(1)

func required(description string, accepts validator.String) schema.StringAttribute {
	return schema.StringAttribute{MarkdownDescription: description, Required: true, Validators: []validator.String{accepts}}
}

func optional(description string, accepts validator.String) schema.StringAttribute {
	return schema.StringAttribute{MarkdownDescription: description, Optional: true, Validators: []validator.String{accepts}}
}

func (a *sendAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var config sendModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() || !a.ReadyToApply(&resp.Diagnostics) {
		return
	}
	push := config.Push.IsNull() || config.Push.ValueBool()
	message := imkit.Message{
		Room: config.RoomID.ValueString(), Sender: config.SenderID.ValueString(),
		Type: cmp.Or(config.MessageType.ValueString(), defaultType), Text: config.Message.ValueString(),
		Push: &push, Mentions: config.MentionIDs.Strings(),
	}
	room := session.NounRoom.Named(message.Room)
	session.Progress(resp, "Sending a message to %s", room)
	sent, err := a.Session.API.SendMessage(ctx, message)
	switch {
	case err == nil:
		session.Progress(resp, "%s", sentLine(sent, room))
	case imkit.IsNotFound(err):
		resp.Diagnostics.AddAttributeError(path.Root("room_id"), "Room does not exist",
			fmt.Sprintf("There is no %s on the server, so the message was not sent. Check the id, upper and lower case included.", room))
	case (imkit.KindOf(err) == imkit.KindForbidden || imkit.KindOf(err) == imkit.KindKeyNotAllowed) && a.isFrozen(ctx, message.Room):
		resp.Diagnostics.AddAttributeError(path.Root("room_id"), "Room is frozen",
			fmt.Sprintf("Nobody can send messages to %s while it is frozen, so the message was not sent. Unfreeze it, as with frozen = false in its imkit_room, and invoke the action again. %s", room, session.Sentence(err.Error())))
	default:
		failed := sending{what: "message", to: room, look: "Check whether it is in the room.", attributeOf: func(id string) path.Path {
			if id == message.Sender {
				return path.Root("sender_id")
			}
			return path.Root("mention_ids")
		}}
		resp.Diagnostics.Append(failed.failed(err)...)
	}
}

// isFrozen tells a refusal of the room from one of the key.
func (a *sendAction) isFrozen(ctx context.Context, id string) bool {
	room, err := a.Session.API.GetRoom(ctx, id)
	return errors.Is(err, imkit.ErrRoomHidden) || err == nil && room.Frozen.Value != nil && *room.Frozen.Value
}

func sentLine(sent imkit.SentMessage, room string) string {
	line := "Sent a message to " + room
	if sent.ID != "" {
		line = fmt.Sprintf("Sent message %q to %s", sent.ID, room)
	}
	if !sent.At.IsZero() {
		line += " at " + sent.At.Format(time.RFC3339Nano)
	}
	return line
}

// sending is what is sent, and to whom, in words: "message", `room "lobby"`.
type sending struct {
	what, to string
	// look says how people find out whether it was sent.
	look string
	// attributeOf is where a client's id is configured.
	attributeOf func(id string) path.Path
}

// failed says whether it may have been sent, or what does not exist.
func (s sending) failed(err error) diag.Diagnostics {
	var diags diag.Diagnostics
	members, ok := errors.AsType[*imkit.MembersError](err)
	switch {
	case imkit.OutcomeUnknown(err):
		diags.AddError("Unable to tell whether the "+s.what+" was sent",
			fmt.Sprintf("Tried to send a %s to %s. %s\n\n%s Invoke the action again only if it did not arrive: otherwise it is sent a second time.",
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
