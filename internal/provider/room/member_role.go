package room

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
)

// memberRoleKey has, in private state, whose a member's role is.
const memberRoleKey = "role"

// roleOrigin tells whose a member's role is, as JSON. A state only has the role.
type roleOrigin string

const (
	// roleOwn is, or was, configured, or came with an import.
	roleOwn roleOrigin = ""
	// roleForeign was never configured: what there is was there before.
	roleForeign roleOrigin = `"foreign"`
	// roleUnsettled was sent, with no word of what became of it.
	roleUnsettled roleOrigin = `"unsettled"`
)

// endsBeforeLeaving tells whether the role must not outlive the membership, as it
// does on the server: who is added again later would be an admin by surprise.
func (o roleOrigin) endsBeforeLeaving(role types.String) bool {
	return o == roleUnsettled || o == roleOwn && role.ValueString() == imkit.RoleAdmin
}

func roleIn(ctx context.Context, private session.PrivateState) (roleOrigin, diag.Diagnostics) {
	encoded, diags := private.GetKey(ctx, memberRoleKey)
	return roleOrigin(encoded), diags
}

func (o roleOrigin) keep(ctx context.Context, private session.PrivateState) diag.Diagnostics {
	if o == roleOwn {
		return private.SetKey(ctx, memberRoleKey, nil)
	}
	return private.SetKey(ctx, memberRoleKey, []byte(o))
}
