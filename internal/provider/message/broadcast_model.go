package message

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

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

// name is how messages call the recipient.
func (r recipient) name() string {
	if r.room.ValueString() != "" {
		return fmt.Sprintf("room %q", r.room.ValueString())
	}
	return fmt.Sprintf("client %q", r.client.ValueString())
}

// check finds what is wrong with what is known of a broadcast.
func (m broadcastModel) check() diag.Diagnostics {
	var wrong problems
	placeholders := imkit.Placeholders(m.Message.ValueString())
	for _, r := range m.recipients() {
		r.checkID(&wrong)
		r.checkVariables(&wrong, placeholders)
	}
	return wrong.all()
}

func (r recipient) checkID(wrong *problems) {
	switch {
	case r.client.IsUnknown() || r.room.IsUnknown():
	case r.client.IsNull() && r.room.IsNull():
		wrong.add(r.at, "Recipient without an ID", "A recipient is a client or a room: configure client_id or room_id.")
	case !r.client.IsNull() && !r.room.IsNull():
		wrong.add(r.at, "Recipient with two IDs", "A recipient is a client or a room, and not both. Make two recipients of it, or remove client_id or room_id.")
	}
}

// checkVariables looks for placeholders that the recipient has no value for, if
// that is known.
func (r recipient) checkVariables(wrong *problems, placeholders []string) {
	if r.variables.IsUnknown() {
		return
	}
	values := r.variables.Elements()
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if strings.Contains(name, "$") {
			wrong.add(r.at.AtName("variables"), "Name of a variable with a $",
				"A placeholder is named without its $, such as variables = { name = \"Ann\" } for $name$.")
			return
		}
	}
	var missing []string
	for _, name := range placeholders {
		if value, has := values[name]; !has || value.IsNull() {
			missing = append(missing, "$"+name+"$")
		}
	}
	if len(missing) > 0 {
		wrong.add(r.at.AtName("variables"), "Placeholder without a value",
			fmt.Sprintf("The message has placeholders that variables of the %s has no values for: %s. "+
				"Where that is no placeholder, but just text between two $, give that very text as its value.", r.name(), strings.Join(missing, ", ")))
	}
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

// broadcast is what is sent, once all of it is known.
func (m broadcastModel) broadcast() imkit.Broadcast {
	b := imkit.Broadcast{
		Type: typeOf(m.MessageType), Text: m.Message.ValueString(), Sender: m.SenderID.ValueString(), Push: m.Push.ValueBoolPointer(),
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
