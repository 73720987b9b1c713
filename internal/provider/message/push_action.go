package message

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
	"github.com/imkit/terraform-provider-imkit/internal/provider/value"
)

var (
	_ action.ActionWithConfigure      = (*pushAction)(nil)
	_ action.ActionWithModifyPlan     = (*pushAction)(nil)
	_ action.ActionWithValidateConfig = (*pushAction)(nil)
)

// pushAction is the action imkit_push_notification.
type pushAction struct{ session.Action }

// NewPushAction makes the action imkit_push_notification.
func NewPushAction() action.Action { return &pushAction{} }

// Metadata names the action.
func (a *pushAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_push_notification"
}

// Schema describes imkit_push_notification.
func (a *pushAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	text := func(description string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: description, Optional: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)}}
	}
	expiry := text("Until when the notification is worth delivering, in RFC 3339, for iOS; fractions of a second are dropped. Must lie in the future. Null for as long as the service tries.")
	expiry.Validators = []validator.String{value.RFC3339}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Sends a push notification to the devices of clients, past any room (Terraform 1.14 and later). " +
			"Whether it is delivered is not reported. " + onceDescription,
		Attributes: map[string]schema.Attribute{
			"client_ids": schema.SetAttribute{
				MarkdownDescription: "IDs of the clients, at least one.",
				CustomType:          value.NewManyType(),
				ElementType:         types.StringType,
				Required:            true,
				Validators:          []validator.Set{setvalidator.SizeAtLeast(1), setvalidator.NoNullValues(), setvalidator.ValueStringsAre(value.ClientID)},
			},
			"title":         text("Title of the notification, for Android."),
			"body":          text("Text of the notification, for Android."),
			"icon":          text("Icon of the notification, for Android."),
			"collapse_key":  text("Key for Android: of notifications with the same one, only the last is shown."),
			"alert":         text("Text of the notification, for iOS. Conflicts with `alert_loc_key`."),
			"alert_loc_key": text("Name of a text in the app's own languages, for iOS. Conflicts with `alert`."),
			"alert_loc_args": schema.ListAttribute{
				MarkdownDescription: "What is put into the text that `alert_loc_key` names, in order.",
				ElementType:         types.StringType,
				Optional:            true,
				Validators:          []validator.List{listvalidator.NoNullValues()},
			},
			"badge": schema.Int64Attribute{
				MarkdownDescription: "Number on the app's icon, for iOS; `0` removes it. Null leaves it as it is.",
				Optional:            true,
				Validators:          []validator.Int64{int64validator.AtLeast(0)},
			},
			"sound":      text("Name of the sound, for iOS."),
			"topic":      text("Topic of the notification, for iOS: usually the app's bundle ID."),
			"type":       text("Class of the notification, for the app to tell its own notifications apart."),
			"expires_at": expiry,
		},
	}
}

// ValidateConfig checks what attributes mean together, as far as they are known.
func (a *pushAction) ValidateConfig(ctx context.Context, req action.ValidateConfigRequest, resp *action.ValidateConfigResponse) {
	_, diags := checkedPush(ctx, req.Config, time.Time{})
	resp.Diagnostics.Append(diags...)
}

// ModifyPlan checks everything once more: variables of the configuration are known
// by now, and so is the time.
func (a *pushAction) ModifyPlan(ctx context.Context, req action.ModifyPlanRequest, resp *action.ModifyPlanResponse) {
	a.Action.ModifyPlan(ctx, req, resp)
	if a.Session == nil || resp.Diagnostics.HasError() {
		return
	}
	_, diags := checkedPush(ctx, req.Config, a.Session.Now())
	resp.Diagnostics.Append(diags...)
}

func checkedPush(ctx context.Context, config tfsdk.Config, now time.Time) (pushModel, diag.Diagnostics) {
	var model pushModel
	diags := config.Get(ctx, &model)
	if !diags.HasError() {
		diags.Append(model.check(now)...)
	}
	return model, diags
}

// Invoke sends the notification. What was not known in the plan is checked before.
func (a *pushAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	if !a.ReadyToInvoke(ctx, req.Config, &resp.Diagnostics) {
		return
	}
	config, diags := checkedPush(ctx, req.Config, a.Session.Now())
	if resp.Diagnostics.Append(diags...); resp.Diagnostics.HasError() {
		return
	}
	notification := config.notification()
	to := recipients(notification.Clients)
	tell(resp, "Sending a push notification to %s", to)
	if err := a.Session.API.Push(ctx, notification); err != nil {
		failed := sending{what: "push notification", to: to, look: "Ask one of them whether it arrived.", attributeOf: func(string) path.Path {
			return path.Root("client_ids")
		}}
		resp.Diagnostics.Append(failed.failed(err)...)
		return
	}
	tell(resp, "The server took a push notification to %s; whether it is delivered is not reported", to)
}
