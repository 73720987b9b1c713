package client

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

// Values of on_destroy.
const (
	onDestroyRevokeTokens = "revoke_tokens"
	onDestroyKeep         = "keep"
)

var onDestroyValues = []string{onDestroyRevokeTokens, onDestroyKeep}

func (r *clientResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Manages an account of the chat server: a person, a service or a robot.",
		Attributes: map[string]schema.Attribute{
			"id":          session.RequiredID("ID of the client: any string in Unicode NFC, except `\"\"`, `.` and `..`; at most 7 KiB when URL-encoded. Changing it replaces the resource.", tfvalue.ClientID),
			"nickname":    session.OptionalString("Display name of the client. IMKIT documents no length limit."),
			"avatar_url":  session.OptionalString("URL of the client's picture, `http` or `https`.", tfvalue.WebURLOrEmpty),
			"description": session.OptionalString("Description of the client."),
			"is_robot":    session.OptionalBool("Whether the client is a robot."),
			"custom_attributes": customAttributes.Schema("Further fields of the client, an object with JSON types. "+
				"Fields that are not in it are not managed; one that is removed from it is cleared (sent as `null`). "+
				"After an import, the plan clears every field that the configured object lacks.", imkit.ReservedFields()),
			"adopt_existing": session.AdoptExisting(session.NounClient, "changing only what is configured"),
			"on_destroy":     session.OnDestroy("What happens to the client on destroy: `revoke_tokens` revokes every access token it has, `keep` leaves it as it is.", onDestroyValues, onDestroyRevokeTokens),
			"app_id":         session.ReadOnlyString("ID of the client's application."),
		},
	}
}

var customAttributes = tfvalue.Object{
	Attribute: "custom_attributes", One: "custom attribute", Many: "custom attributes",
	Example:  "{ tier = \"gold\", level = 3 }",
	Reserved: insteadOf,
}

func insteadOf(name string) string {
	if !imkit.ReservedField(name) {
		return ""
	}
	switch name {
	case "_id", "id":
		return "Set the attribute id."
	case "nickname", "description":
		return fmt.Sprintf("Set the attribute %s.", name)
	case "avatarUrl":
		return "Set the attribute avatar_url."
	case "isRobot":
		return "Set the attribute is_robot."
	}
	if lower := strings.ToLower(name); strings.Contains(lower, "token") || strings.HasPrefix(lower, "expiration") {
		return "Access tokens are managed with the resource imkit_client_token."
	}
	return "The server sets it by itself."
}
