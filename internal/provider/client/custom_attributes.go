package client

import (
	"fmt"
	"strings"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

// customAttributes is the validator of custom_attributes.
var customAttributes = tfvalue.Object{
	Attribute: "custom_attributes", One: "custom attribute", Many: "custom attributes",
	Example:  "{ tier = \"gold\", level = 3 }",
	Reserved: insteadOf,
}

// insteadOf says where a reserved field is set, if it can be at all.
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
