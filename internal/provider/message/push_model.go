package message

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/value"
)

// pushModel is imkit_push_notification.
type pushModel struct {
	ClientIDs    value.Many   `tfsdk:"client_ids"`
	Title        types.String `tfsdk:"title"`
	Body         types.String `tfsdk:"body"`
	Icon         types.String `tfsdk:"icon"`
	CollapseKey  types.String `tfsdk:"collapse_key"`
	Alert        types.String `tfsdk:"alert"`
	AlertLocKey  types.String `tfsdk:"alert_loc_key"`
	AlertLocArgs types.List   `tfsdk:"alert_loc_args"`
	Badge        types.Int64  `tfsdk:"badge"`
	Sound        types.String `tfsdk:"sound"`
	Topic        types.String `tfsdk:"topic"`
	Type         types.String `tfsdk:"type"`
	ExpiresAt    types.String `tfsdk:"expires_at"`
}

// check finds what is wrong with what is known of a notification. now is the zero
// time where nobody knows when it is sent.
func (m pushModel) check(now time.Time) diag.Diagnostics {
	var diags diag.Diagnostics
	set := func(v attr.Value) bool { return !v.IsNull() && !v.IsUnknown() }
	if set(m.Alert) && set(m.AlertLocKey) {
		diags.AddAttributeError(path.Root("alert_loc_key"), "Both alert and alert_loc_key are configured",
			"A notification has a text, or the key of one in the app's languages. Remove the other.")
	}
	if set(m.AlertLocArgs) && m.AlertLocKey.IsNull() {
		diags.AddAttributeError(path.Root("alert_loc_args"), "Arguments without a text",
			"alert_loc_args are put into the text that alert_loc_key names. Configure that as well, or remove the arguments.")
	}
	if m.isEmpty() {
		diags.AddError("Notification says nothing",
			"Configure what it shows: title and body for Android, alert or alert_loc_key for iOS.")
	}
	if expires := value.InstantOf(m.ExpiresAt); !now.IsZero() && !expires.IsZero() && !expires.After(now) {
		diags.AddAttributeError(path.Root("expires_at"), "Notification has expired already",
			"expires_at is in the past, so the notification would not be delivered any more. Choose a later time, or remove it.")
	}
	return diags
}

// isEmpty tells of a notification that shows nothing, and makes no sound.
func (m pushModel) isEmpty() bool {
	for _, v := range []attr.Value{m.Title, m.Body, m.Alert, m.AlertLocKey, m.Badge, m.Sound, m.Type} {
		if !v.IsNull() {
			return false
		}
	}
	return true
}

// notification is what is sent.
func (m pushModel) notification() imkit.PushNotification {
	p := imkit.PushNotification{
		Clients: m.ClientIDs.Strings(), Type: m.Type.ValueString(),
		Title: m.Title.ValueString(), Body: m.Body.ValueString(), Icon: m.Icon.ValueString(), CollapseKey: m.CollapseKey.ValueString(),
		Alert: m.Alert.ValueString(), AlertLocKey: m.AlertLocKey.ValueString(),
		Badge: m.Badge.ValueInt64Pointer(), Sound: m.Sound.ValueString(), Topic: m.Topic.ValueString(), ExpiresAt: value.InstantOf(m.ExpiresAt),
	}
	for _, element := range m.AlertLocArgs.Elements() {
		if text, ok := element.(types.String); ok {
			p.AlertLocArgs = append(p.AlertLocArgs, text.ValueString())
		}
	}
	return p
}
