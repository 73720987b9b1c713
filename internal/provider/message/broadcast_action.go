package message

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
	"github.com/imkit/terraform-provider-imkit/internal/provider/value"
)

var (
	_ action.ActionWithConfigure      = (*broadcastAction)(nil)
	_ action.ActionWithModifyPlan     = (*broadcastAction)(nil)
	_ action.ActionWithValidateConfig = (*broadcastAction)(nil)
)

// broadcastAction is the action imkit_broadcast.
type broadcastAction struct{ session.Action }

// NewBroadcastAction makes the action imkit_broadcast.
func NewBroadcastAction() action.Action { return &broadcastAction{} }

// Metadata names the action.
func (a *broadcastAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_broadcast"
}

// Schema describes imkit_broadcast.
func (a *broadcastAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Has the server send one message to many clients and rooms (Terraform 1.14 and later). The server queues it, so success means that it was accepted. " + onceDescription,
		Attributes: map[string]schema.Attribute{
			"message": schema.StringAttribute{
				MarkdownDescription: "Text of the message, with placeholders such as `$name$`, which each recipient has values for. Must not be empty.",
				Required:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"message_type": messageTypeAttribute(),
			"sender_id": schema.StringAttribute{
				MarkdownDescription: "ID of the client in whose name the message is sent, which must exist. Null leaves it to the server.",
				Optional:            true,
				Validators:          []validator.String{value.ClientID},
			},
			"push": schema.BoolAttribute{
				MarkdownDescription: "Whether the recipients are notified. Defaults to `false`.",
				Optional:            true,
			},
			"recipients": schema.ListNestedAttribute{
				MarkdownDescription: "Those who get the message, at least one.",
				Required:            true,
				Validators:          []validator.List{listvalidator.SizeAtLeast(1), listvalidator.NoNullValues()},
				NestedObject: schema.NestedAttributeObject{
					Attributes: map[string]schema.Attribute{
						"client_id": schema.StringAttribute{
							MarkdownDescription: "ID of a client, which must exist. Conflicts with `room_id`.",
							Optional:            true,
							Validators:          []validator.String{value.ClientID},
						},
						"room_id": schema.StringAttribute{
							MarkdownDescription: "ID of a room, which must exist. Conflicts with `client_id`.",
							Optional:            true,
							Validators:          []validator.String{value.RoomID},
						},
						"variables": schema.MapAttribute{
							MarkdownDescription: "Values of the placeholders by their names, without the `$`. A placeholder without a value is an error of the plan.",
							ElementType:         types.StringType,
							Optional:            true,
						},
					},
				},
			},
		},
	}
}

// ValidateConfig checks the recipients, as far as they are known.
func (a *broadcastAction) ValidateConfig(ctx context.Context, req action.ValidateConfigRequest, resp *action.ValidateConfigResponse) {
	var config broadcastModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(config.check()...)
}

// ModifyPlan checks everything once more: variables of the configuration are known
// by now.
func (a *broadcastAction) ModifyPlan(ctx context.Context, req action.ModifyPlanRequest, resp *action.ModifyPlanResponse) {
	a.Action.ModifyPlan(ctx, req, resp)
	var config broadcastModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(config.check()...)
}

// Invoke sends the broadcast. What was not known in the plan is checked before.
func (a *broadcastAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var config broadcastModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(config.check()...)
	if !a.ReadyToInvoke(ctx, req.Config, &resp.Diagnostics) {
		return
	}
	broadcast := config.broadcast()
	to := fmt.Sprintf("%d recipients", len(broadcast.Recipients))
	if len(broadcast.Recipients) == 1 {
		to = config.recipients()[0].name()
	}
	tell(resp, "Sending a broadcast to %s", to)
	queued, err := a.Session.API.Broadcast(ctx, broadcast)
	if err != nil {
		failed := sending{what: "broadcast", to: to, look: "Ask a recipient whether it arrived.", attributeOf: config.pathOf}
		resp.Diagnostics.Append(failed.failed(err)...)
		return
	}
	tell(resp, "%s", queuedLine(queued, len(broadcast.Recipients)))
	if count := queued.Count.Value; count != nil && *count != int64(len(broadcast.Recipients)) {
		resp.Diagnostics.AddWarning("Broadcast was not accepted for everybody",
			fmt.Sprintf("The server accepted the broadcast for %d of %d recipients, and does not say for whom it did not.", *count, len(broadcast.Recipients)))
	}
}

// queuedLine says which broadcast was accepted, and for how many.
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
