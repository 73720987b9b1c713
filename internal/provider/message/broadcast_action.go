package message

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
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

var _ action.ActionWithValidateConfig = (*broadcastAction)(nil)

type broadcastAction struct{ session.Action }

// NewBroadcastAction makes the action imkit_broadcast.
func NewBroadcastAction() action.Action {
	return &broadcastAction{session.Action{Name: "broadcast"}}
}

func (a *broadcastAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Sends one message to many clients and rooms (Terraform 1.14 and later).",
		Attributes: map[string]schema.Attribute{
			"message":      required("Text of the message, with placeholders such as `$name$`. Must not be empty.", notEmpty),
			"message_type": optional(messageType, notEmpty),
			"sender_id":    optional("ID of the client that sends the message, which must exist. Defaults to the server's choice.", tfvalue.ClientID),
			"push": schema.BoolAttribute{
				MarkdownDescription: "Whether recipients get a push notification. Defaults to `false`.",
				Optional:            true,
			},
			"recipients": schema.ListNestedAttribute{
				MarkdownDescription: "Recipients of the message, at least one.",
				Required:            true,
				Validators:          []validator.List{listvalidator.SizeAtLeast(1), listvalidator.NoNullValues()},
				NestedObject: schema.NestedAttributeObject{
					Attributes: map[string]schema.Attribute{
						"client_id": optional("ID of a client, which must exist. Conflicts with `room_id`.", tfvalue.ClientID),
						"room_id":   optional("ID of a room, which must exist. Conflicts with `client_id`.", tfvalue.RoomID),
						"variables": schema.MapAttribute{
							MarkdownDescription: "Values of the placeholders by name, without the `$`.",
							ElementType:         types.StringType,
							Optional:            true,
						},
					},
				},
			},
		},
	}
}

// maxProblems is how many problems are named before they are only counted.
const maxProblems = 5

// ValidateConfig checks the known recipients, and names the first few that are wrong.
func (a *broadcastAction) ValidateConfig(ctx context.Context, req action.ValidateConfigRequest, resp *action.ValidateConfigResponse) {
	var config broadcastModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	placeholders := imkit.Placeholders(config.Message.ValueString())
	var wrong diag.Diagnostics
	for _, r := range config.recipients() {
		wrong = append(wrong, r.check(placeholders)...)
	}
	resp.Diagnostics.Append(wrong[:min(len(wrong), maxProblems)]...)
	if more := len(wrong) - maxProblems; more > 0 {
		resp.Diagnostics.AddError("More recipients are invalid",
			fmt.Sprintf("There are %d problems with recipients, of which the first %d are shown. Fix them, then plan again.", len(wrong), maxProblems))
	}
}

func (a *broadcastAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var config broadcastModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() || !a.ReadyToApply(&resp.Diagnostics) {
		return
	}
	broadcast := config.broadcast()
	to := fmt.Sprintf("%d recipients", len(broadcast.Recipients))
	if len(broadcast.Recipients) == 1 {
		to = config.recipients()[0].name()
	}
	session.Progress(resp, "Sending a broadcast to %s", to)
	queued, err := a.Session.API.Broadcast(ctx, broadcast)
	if err != nil {
		failed := sending{what: "broadcast", to: to, look: "Ask a recipient whether it arrived.", attributeOf: config.pathOf}
		resp.Diagnostics.Append(failed.failed(err)...)
		return
	}
	session.Progress(resp, "%s", queuedLine(queued, len(broadcast.Recipients)))
	if count := queued.Count.Value; count != nil && *count != int64(len(broadcast.Recipients)) {
		resp.Diagnostics.AddWarning("Broadcast was not accepted for every recipient",
			fmt.Sprintf("The server accepted the broadcast for %d of %d recipients, and does not say which. "+
				"Ask them before you send it again: those who have it would get it a second time.", *count, len(broadcast.Recipients)))
	}
}

func queuedLine(queued imkit.QueuedBroadcast, recipients int) string {
	line := "Queued a broadcast"
	if queued.ID != "" {
		line = fmt.Sprintf("Queued broadcast %q", queued.ID)
	}
	if queued.Count.Value == nil {
		return fmt.Sprintf("%s; the server does not say for how many of %d recipients", line, recipients)
	}
	return fmt.Sprintf("%s for %d of %d recipients", line, *queued.Count.Value, recipients)
}

// broadcastModel is imkit_broadcast.
type broadcastModel struct {
	Message     types.String `tfsdk:"message"`
	MessageType types.String `tfsdk:"message_type"`
	SenderID    types.String `tfsdk:"sender_id"`
	Push        types.Bool   `tfsdk:"push"`
	Recipients  types.List   `tfsdk:"recipients"`
}

// recipient is one of those who get a broadcast. Attributes may be unknown.
type recipient struct {
	at           path.Path
	client, room types.String
	variables    types.Map
}

// recipients are those that are known.
func (m broadcastModel) recipients() []recipient {
	all := make([]recipient, 0, len(m.Recipients.Elements()))
	for i, element := range m.Recipients.Elements() {
		object, ok := element.(types.Object)
		if !ok || object.IsNull() || object.IsUnknown() {
			continue
		}
		r := recipient{at: path.Root("recipients").AtListIndex(i)}
		r.client, _ = object.Attributes()["client_id"].(types.String)
		r.room, _ = object.Attributes()["room_id"].(types.String)
		r.variables, _ = object.Attributes()["variables"].(types.Map)
		all = append(all, r)
	}
	return all
}

// name is how messages call the recipient: by its place where its id is not known.
func (r recipient) name() string {
	switch {
	case r.room.ValueString() != "":
		return session.NounRoom.Named(r.room.ValueString())
	case r.client.ValueString() != "":
		return session.NounClient.Named(r.client.ValueString())
	}
	return "recipient at " + r.at.String()
}

// check finds what is wrong with its id, and placeholders that it has no value for.
func (r recipient) check(placeholders []string) diag.Diagnostics {
	var wrong diag.Diagnostics
	switch {
	case r.client.IsUnknown() || r.room.IsUnknown():
	case r.client.IsNull() && r.room.IsNull():
		wrong.AddAttributeError(r.at, "Recipient without an ID", "A recipient is a client or a room: configure client_id or room_id.")
	case !r.client.IsNull() && !r.room.IsNull():
		wrong.AddAttributeError(r.at, "Recipient with two IDs", "A recipient is either a client or a room. Remove client_id or room_id, or configure two recipients.")
	}
	if r.variables.IsUnknown() {
		return wrong
	}
	values := r.variables.Elements()
	for name := range values {
		if strings.Contains(name, "$") {
			wrong.AddAttributeError(r.at.AtName("variables"), "Variable name contains a $",
				fmt.Sprintf("A variable of the %s has a $ in its name. Write the name without it: variables = { name = \"Ann\" } sets the placeholder $name$.", r.name()))
			return wrong
		}
	}
	var missing []string
	for _, name := range placeholders {
		if value, has := values[name]; !has || value.IsNull() {
			missing = append(missing, "$"+name+"$")
		}
	}
	if len(missing) > 0 {
		wrong.AddAttributeError(r.at.AtName("variables"), "Placeholder without a value",
			fmt.Sprintf("The message has placeholders that variables of the %s have no values for: %s. "+
				"If one is just text between two $, and no placeholder, set that text as its value: variables = { %s = %s }.",
				r.name(), strings.Join(missing, ", "), tfvalue.HCLString(strings.Trim(missing[0], "$")), tfvalue.HCLString(missing[0])))
	}
	return wrong
}

// pathOf is where a client's id is configured.
func (m broadcastModel) pathOf(id string) path.Path {
	if id == m.SenderID.ValueString() {
		return path.Root("sender_id")
	}
	for _, r := range m.recipients() {
		if r.client.ValueString() == id {
			return r.at.AtName("client_id")
		}
	}
	return path.Root("recipients")
}

// broadcast is what is sent, once it is known.
func (m broadcastModel) broadcast() imkit.Broadcast {
	b := imkit.Broadcast{
		Type: cmp.Or(m.MessageType.ValueString(), defaultType), Text: m.Message.ValueString(),
		Sender: m.SenderID.ValueString(), Push: m.Push.ValueBoolPointer(),
	}
	for _, r := range m.recipients() {
		values := make(map[string]string, len(r.variables.Elements()))
		for name, value := range r.variables.Elements() {
			if text, ok := value.(types.String); ok {
				values[name] = text.ValueString()
			}
		}
		b.Recipients = append(b.Recipients, imkit.Recipient{Client: r.client.ValueString(), Room: r.room.ValueString(), Variables: values})
	}
	return b
}
