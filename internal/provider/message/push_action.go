package message

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

var _ action.ActionWithValidateConfig = (*pushAction)(nil)

type pushAction struct{ session.Action }

// NewPushAction makes the action imkit_push_notification.
func NewPushAction() action.Action {
	return &pushAction{session.Action{Name: "push_notification"}}
}

func (a *pushAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	text := func(description string) schema.StringAttribute { return optional(description, notEmpty) }
	resp.Schema = schema.Schema{
		MarkdownDescription: "Sends a push notification to the devices of clients (Terraform 1.14 and later).",
		Attributes: map[string]schema.Attribute{
			"client_ids":    session.ActionClientIDs(),
			"title":         text("Title of the notification, for Android."),
			"body":          text("Text of the notification, for Android."),
			"icon":          text("Icon of the notification, for Android."),
			"collapse_key":  text("Collapse key, for Android: only the last notification with the same key is shown."),
			"alert":         text("Text of the notification, for iOS. Conflicts with `alert_loc_key`."),
			"alert_loc_key": text("Key of a localized text of the app, for iOS. Conflicts with `alert`."),
			"alert_loc_args": schema.ListAttribute{
				MarkdownDescription: "Arguments of the text `alert_loc_key`, in order.",
				ElementType:         types.StringType,
				Optional:            true,
				Validators:          []validator.List{listvalidator.NoNullValues()},
			},
			"badge": schema.Int64Attribute{
				MarkdownDescription: "Number on the app's icon, for iOS; `0` removes it.",
				Optional:            true,
				Validators:          []validator.Int64{int64validator.AtLeast(0)},
			},
			"sound":      text("Name of the sound, for iOS."),
			"topic":      text("Topic of the notification, for iOS, usually the app's bundle ID."),
			"type":       text("Type of the notification, for the app."),
			"expires_at": optional("When the notification is no longer worth delivering, in RFC 3339, for iOS. Must be in the future; fractions of a second are dropped.", tfvalue.RFC3339),
		},
	}
}

// ValidateConfig checks what is known, and the time once the provider is configured.
func (a *pushAction) ValidateConfig(ctx context.Context, req action.ValidateConfigRequest, resp *action.ValidateConfigResponse) {
	var config pushModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	isKnown := func(v attr.Value) bool { return !v.IsNull() && !v.IsUnknown() }
	if isKnown(config.Alert) && isKnown(config.AlertLocKey) {
		resp.Diagnostics.AddAttributeError(path.Root("alert_loc_key"), "Both alert and alert_loc_key are configured",
			"A notification has either a text (alert) or the key of a text in the app's languages (alert_loc_key). Remove one of them.")
	}
	if isKnown(config.AlertLocArgs) && config.AlertLocKey.IsNull() {
		resp.Diagnostics.AddAttributeError(path.Root("alert_loc_args"), "alert_loc_args without alert_loc_key",
			"alert_loc_args fills in the text that alert_loc_key names. Configure alert_loc_key as well, or remove alert_loc_args.")
	}
	shown := []attr.Value{config.Title, config.Body, config.Alert, config.AlertLocKey, config.Badge, config.Sound, config.Type}
	if !slices.ContainsFunc(shown, func(v attr.Value) bool { return !v.IsNull() }) {
		resp.Diagnostics.AddError("Notification is empty",
			"Configure what it shows: title and body for Android, alert or alert_loc_key for iOS.")
	}
	if expires := tfvalue.InstantOf(config.ExpiresAt); a.Session != nil && !expires.IsZero() && !expires.After(a.Session.Now()) {
		resp.Diagnostics.AddAttributeError(path.Root("expires_at"), "Notification has already expired",
			"expires_at is in the past, so the notification would not be delivered. Set a later time, or remove expires_at.")
	}
}

func (a *pushAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var config pushModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() || !a.ReadyToApply(&resp.Diagnostics) {
		return
	}
	notification := config.notification()
	to := fmt.Sprintf("%d clients: %s", len(notification.Clients), tfvalue.ListIDs(notification.Clients))
	if len(notification.Clients) == 1 {
		to = session.NounClient.Named(notification.Clients[0])
	}
	session.Progress(resp, "Sending a push notification to %s", to)
	if err := a.Session.API.Push(ctx, notification); err != nil {
		failed := sending{what: "push notification", to: to, look: "Ask one of them whether it arrived.", attributeOf: func(string) path.Path {
			return path.Root("client_ids")
		}}
		resp.Diagnostics.Append(failed.failed(err)...)
		return
	}
	session.Progress(resp, "The server accepted a push notification to %s; it does not report delivery", to)
}

// pushModel is imkit_push_notification.
type pushModel struct {
	ClientIDs    tfvalue.LargeSet `tfsdk:"client_ids"`
	Title        types.String     `tfsdk:"title"`
	Body         types.String     `tfsdk:"body"`
	Icon         types.String     `tfsdk:"icon"`
	CollapseKey  types.String     `tfsdk:"collapse_key"`
	Alert        types.String     `tfsdk:"alert"`
	AlertLocKey  types.String     `tfsdk:"alert_loc_key"`
	AlertLocArgs types.List       `tfsdk:"alert_loc_args"`
	Badge        types.Int64      `tfsdk:"badge"`
	Sound        types.String     `tfsdk:"sound"`
	Topic        types.String     `tfsdk:"topic"`
	Type         types.String     `tfsdk:"type"`
	ExpiresAt    types.String     `tfsdk:"expires_at"`
}

func (m pushModel) notification() imkit.PushNotification {
	p := imkit.PushNotification{
		Clients: m.ClientIDs.Strings(), Type: m.Type.ValueString(),
		Title: m.Title.ValueString(), Body: m.Body.ValueString(), Icon: m.Icon.ValueString(), CollapseKey: m.CollapseKey.ValueString(),
		Alert: m.Alert.ValueString(), AlertLocKey: m.AlertLocKey.ValueString(),
		Badge: m.Badge.ValueInt64Pointer(), Sound: m.Sound.ValueString(), Topic: m.Topic.ValueString(), ExpiresAt: tfvalue.InstantOf(m.ExpiresAt),
	}
	for _, element := range m.AlertLocArgs.Elements() {
		if text, ok := element.(types.String); ok {
			p.AlertLocArgs = append(p.AlertLocArgs, text.ValueString())
		}
	}
	return p
}
