//go:build ignore

package provider

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

// customFields is the attribute custom_attributes as JSON fields by name; nil
// where it is null. An unknown value is an error.
func customFields(custom types.Dynamic) (map[string]any, error) {
	value, err := jsonFromValue(custom)
	if err != nil || value == nil {
		return nil, err
	}
	fields, ok := value.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("must be an object such as { tier = \"gold\" }")
	}
	return fields, nil
}

// customChanges is what has to be sent to bring the fields from prior to
// planned; a field that was dropped is sent as null, which clears it.
func customChanges(prior, planned map[string]any) map[string]any {
	changes := map[string]any{}
	for name, value := range planned {
		if before, there := prior[name]; !there || !sameJSON(before, value) {
			changes[name] = value
		}
	}
	for name, before := range prior {
		if _, stays := planned[name]; !stays && before != nil {
			changes[name] = nil
		}
	}
	return changes
}

// refreshCustom brings the attribute up to date with what the server reported.
// Only fields that the attribute has are managed; a field that was not reported
// or means the same keeps its value, its Terraform type included.
func refreshCustom(prior types.Dynamic, reported map[string]any) (types.Dynamic, error) {
	before, err := customFields(prior)
	if err != nil || before == nil {
		return prior, err
	}
	values := elementsOf(prior)
	changed := false
	for name, known := range before {
		now, there := reported[name]
		if !there || sameJSON(known, now) {
			continue
		}
		value, err := valueFromJSON(now)
		if err != nil {
			return prior, fmt.Errorf("field %s: %w", name, err)
		}
		values[name], changed = value, true
	}
	if !changed {
		return prior, nil
	}
	return types.DynamicValue(objectOf(values)), nil
}

// importCustom is the attribute with every custom field the server has. A null
// field is what a cleared one leaves behind, so it is left out.
func importCustom(reported map[string]any) (types.Dynamic, error) {
	values := map[string]attr.Value{}
	for name, field := range reported {
		if field == nil {
			continue
		}
		value, err := valueFromJSON(field)
		if err != nil {
			return types.DynamicNull(), fmt.Errorf("field %s: %w", name, err)
		}
		values[name] = value
	}
	if len(values) == 0 {
		return types.DynamicNull(), nil
	}
	return types.DynamicValue(objectOf(values)), nil
}

// elementsOf is a copy of the elements of an object or a map.
func elementsOf(custom types.Dynamic) map[string]attr.Value {
	switch v := custom.UnderlyingValue().(type) {
	case types.Object:
		return v.Attributes()
	case types.Map:
		return v.Elements()
	default:
		return map[string]attr.Value{}
	}
}

// isNullDynamic is true for a typed null as well, such as a variable that
// nobody set.
func isNullDynamic(value types.Dynamic) bool {
	return value.IsNull() || value.IsUnderlyingValueNull()
}

// customAttributesValidator refuses what is not an object, and names that are
// not the configuration's to set.
type customAttributesValidator struct{}

func (customAttributesValidator) Description(context.Context) string {
	return "value must be an object whose names are neither the provider's nor the server's own"
}

func (v customAttributesValidator) MarkdownDescription(ctx context.Context) string {
	return v.Description(ctx)
}

func (customAttributesValidator) ValidateDynamic(_ context.Context, req validator.DynamicRequest, resp *validator.DynamicResponse) {
	config := req.ConfigValue
	if isNullDynamic(config) || config.IsUnknown() || config.IsUnderlyingValueUnknown() {
		return
	}
	switch config.UnderlyingValue().(type) {
	case types.Object, types.Map:
	default:
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid custom attributes",
			"custom_attributes must be an object such as { tier = \"gold\", level = 3 }.")
		return
	}
	for _, name := range slices.Sorted(maps.Keys(elementsOf(config))) {
		checkCustomName(&resp.Diagnostics, req.Path, name)
	}
	if _, err := customFields(config); err != nil && !errors.Is(err, errNotKnown) {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid custom attributes",
			fmt.Sprintf("custom_attributes cannot be sent as JSON: %s.", err))
	}
}

func checkCustomName(diags *diag.Diagnostics, at path.Path, name string) {
	switch {
	case name == "":
		diags.AddAttributeError(at, "Invalid custom attribute", "A custom attribute needs a name; the name here is empty.")
	case imkit.ReservedField(name):
		diags.AddAttributeError(at, "Reserved custom attribute",
			fmt.Sprintf("The field %q belongs to the provider or to the server and cannot be a custom attribute. %s", name, insteadOf(name)))
	}
}

// insteadOf says where a reserved field is set, if it can be at all.
func insteadOf(name string) string {
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

// planCustom keeps custom_attributes out of the plan where nothing has to
// change: not configured, it stays what it was (null in a new resource), and
// another spelling of the same JSON is no change.
type planCustom struct{}

func (planCustom) Description(context.Context) string {
	return "Another spelling of the same JSON is no change."
}

func (m planCustom) MarkdownDescription(ctx context.Context) string { return m.Description(ctx) }

func (planCustom) PlanModifyDynamic(_ context.Context, req planmodifier.DynamicRequest, resp *planmodifier.DynamicResponse) {
	if isNullDynamic(req.ConfigValue) {
		resp.PlanValue = req.StateValue
		return
	}
	configured, errConfig := customFields(req.ConfigValue)
	before, errState := customFields(req.StateValue)
	// Not known yet, or new: the plan is what is configured.
	if errConfig != nil || errState != nil || before == nil {
		return
	}
	if len(customChanges(before, configured)) == 0 && len(customChanges(configured, before)) == 0 {
		resp.PlanValue = req.StateValue
	}
}
