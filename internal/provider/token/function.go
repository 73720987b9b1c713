package token

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

var _ function.Function = decodeFunction{}

type decodeFunction struct{}

// NewDecodeFunction makes the function decode_token.
func NewDecodeFunction() function.Function { return decodeFunction{} }

func (decodeFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "decode_token"
}

func (decodeFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Reads the claims of an access token.",
		MarkdownDescription: "Returns `client_id`, `nickname`, `issued_at` and `expiration_date` of an access token that is a JWT, as an object; times are in RFC 3339, and missing claims are null. " +
			"The signature is not verified, and the server is not asked.",
		Parameters: []function.Parameter{
			function.StringParameter{
				Name:                "token",
				MarkdownDescription: "The access token, a JWT.",
			},
		},
		Return: function.ObjectReturn{AttributeTypes: map[string]attr.Type{
			"client_id": types.StringType, "nickname": types.StringType, "issued_at": types.StringType, "expiration_date": types.StringType,
		}},
	}
}

func (decodeFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var token string
	resp.Error = req.Arguments.Get(ctx, &token)
	if resp.Error != nil {
		return
	}
	claims, err := imkit.DecodeToken(token)
	if err != nil { // it is not a JWT: there is no other error
		resp.Error = function.NewArgumentFuncError(0, "The token is not a JWT, so it has no claims to decode. Some servers issue tokens of another kind")
		return
	}
	instant := func(t *time.Time) types.String {
		if t == nil {
			return types.StringNull()
		}
		return tfvalue.InstantValue(*t)
	}
	resp.Error = resp.Result.Set(ctx, tfvalue.ObjectOf(map[string]attr.Value{
		"client_id":       types.StringPointerValue(claims.ClientID),
		"nickname":        types.StringPointerValue(claims.Nickname),
		"issued_at":       instant(claims.IssuedAt),
		"expiration_date": instant(claims.ExpiresAt),
	}))
}
