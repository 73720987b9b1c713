package session

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
)

// ModifyPlan validates the configuration once more, as far as it is known by now:
// Terraform does so only before it knows its variables.
func (b *Action) ModifyPlan(ctx context.Context, req action.ModifyPlanRequest, resp *action.ModifyPlanResponse) {
	resp.Diagnostics.Append(validate(ctx, req.Config)...)
}

// ReadyToInvoke is ReadyToApply for actions. What was not known in the plan is
// validated before anything is done.
func (b *Action) ReadyToInvoke(ctx context.Context, config tfsdk.Config, diags *diag.Diagnostics) bool {
	diags.Append(validate(ctx, config)...)
	return !diags.HasError() && b.ReadyToApply(diags)
}

// validate runs the validators of an action's schema on its configuration.
func validate(ctx context.Context, config tfsdk.Config) diag.Diagnostics {
	v := validation{ctx: ctx, config: config}
	declared, ok := config.Schema.(schema.Schema)
	whole, err := config.Schema.Type().ValueFromTerraform(ctx, config.Raw)
	object, isObject := whole.(types.Object)
	if !ok || err != nil || !isObject {
		v.diags.AddError("Unexpected configuration", fmt.Sprintf("The configuration is %T of %T: %v. This is a bug in the provider; please report it.", whole, config.Schema, err))
		return v.diags
	}
	v.attributes(path.Empty(), declared.Attributes, object)
	return v.diags
}

// validation is of one configuration.
type validation struct {
	ctx    context.Context //nolint:containedctx // of one call
	config tfsdk.Config
	diags  diag.Diagnostics
}

func (v *validation) attributes(at path.Path, attributes map[string]schema.Attribute, object types.Object) {
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		v.attribute(at.AtName(name), attributes[name], object.Attributes()[name])
	}
}

func (v *validation) attribute(at path.Path, attribute schema.Attribute, value attr.Value) {
	if attribute.IsRequired() && value.IsNull() {
		v.diags.AddAttributeError(at, "Missing argument", fmt.Sprintf("%s is null, and must not be.", at))
		return
	}
	switch a := attribute.(type) {
	case schema.StringAttribute:
		if text, ok := value.(types.String); ok {
			for _, each := range a.Validators {
				var resp validator.StringResponse
				each.ValidateString(v.ctx, validator.StringRequest{Path: at, PathExpression: at.Expression(), Config: v.config, ConfigValue: text}, &resp)
				v.diags.Append(resp.Diagnostics...)
			}
		}
	case schema.Int64Attribute:
		if number, ok := value.(types.Int64); ok {
			for _, each := range a.Validators {
				var resp validator.Int64Response
				each.ValidateInt64(v.ctx, validator.Int64Request{Path: at, PathExpression: at.Expression(), Config: v.config, ConfigValue: number}, &resp)
				v.diags.Append(resp.Diagnostics...)
			}
		}
	case schema.SetAttribute:
		if set, ok := value.(basetypes.SetValuable); ok {
			plain, diags := set.ToSetValue(v.ctx)
			v.diags.Append(diags...)
			for _, each := range a.Validators {
				var resp validator.SetResponse
				each.ValidateSet(v.ctx, validator.SetRequest{Path: at, PathExpression: at.Expression(), Config: v.config, ConfigValue: plain}, &resp)
				v.diags.Append(resp.Diagnostics...)
			}
		}
	case schema.ListAttribute:
		v.list(at, a.Validators, value)
	case schema.ListNestedAttribute:
		for i, element := range v.list(at, a.Validators, value) {
			if object, ok := element.(types.Object); ok && !object.IsNull() && !object.IsUnknown() {
				v.attributes(at.AtListIndex(i), a.NestedObject.Attributes, object)
			}
		}
	}
}

func (v *validation) list(at path.Path, validators []validator.List, value attr.Value) []attr.Value {
	list, ok := value.(types.List)
	if !ok {
		return nil
	}
	for _, each := range validators {
		var resp validator.ListResponse
		each.ValidateList(v.ctx, validator.ListRequest{Path: at, PathExpression: at.Expression(), Config: v.config, ConfigValue: list}, &resp)
		v.diags.Append(resp.Diagnostics...)
	}
	return list.Elements()
}
