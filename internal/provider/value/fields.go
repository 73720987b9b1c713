package value

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Fields is an attribute that holds an object as JSON fields by name; nil
// where it is null. An unknown value is an error.
func Fields(object types.Dynamic) (map[string]any, error) {
	value, err := ToJSON(object)
	if err != nil || value == nil {
		return nil, err
	}
	fields, ok := value.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("must be an object such as { tier = \"gold\" }")
	}
	return fields, nil
}

// Changes is what has to be sent to bring the fields from prior to
// planned; a field that was dropped is sent as null, which clears it.
func Changes(prior, planned map[string]any) map[string]any {
	changes := map[string]any{}
	for name, value := range planned {
		if before, there := prior[name]; !there || !SameJSON(before, value) {
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

// RefreshFields brings the attribute up to date with what the server reported.
// Only fields that the attribute has are managed; a field that was not reported
// or means the same keeps its value, its Terraform type included.
func RefreshFields(prior types.Dynamic, reported map[string]any) (types.Dynamic, error) {
	before, err := Fields(prior)
	if err != nil || before == nil {
		return prior, err
	}
	values := elementsOf(prior)
	changed := false
	for name, known := range before {
		now, there := reported[name]
		if !there || SameJSON(known, now) {
			continue
		}
		value, err := FromJSON(now)
		if err != nil {
			return prior, fmt.Errorf("field %s: %w", name, err)
		}
		values[name], changed = value, true
	}
	if !changed {
		return prior, nil
	}
	return types.DynamicValue(ObjectOf(values)), nil
}

// ImportFields is the attribute with every field the server has. A null
// field is what a cleared one leaves behind, so it is left out; so is one that
// has no name, or a name that Terraform would turn into another.
func ImportFields(reported map[string]any) (types.Dynamic, error) {
	values := map[string]attr.Value{}
	for name, field := range reported {
		if field == nil || name == "" || !Holds(name) || !HoldsNames(field) {
			continue
		}
		value, err := FromJSON(field)
		if err != nil {
			return types.DynamicNull(), fmt.Errorf("field %s: %w", name, err)
		}
		values[name] = value
	}
	if len(values) == 0 {
		return types.DynamicNull(), nil
	}
	return types.DynamicValue(ObjectOf(values)), nil
}

// elementsOf is a copy of the elements of an object or a map.
func elementsOf(object types.Dynamic) map[string]attr.Value {
	switch v := object.UnderlyingValue().(type) {
	case types.Object:
		return v.Attributes()
	case types.Map:
		return v.Elements()
	default:
		return map[string]attr.Value{}
	}
}

// IsNullDynamic is true for a typed null as well, such as a variable that
// nobody set.
func IsNullDynamic(value types.Dynamic) bool {
	return value.IsNull() || value.IsUnderlyingValueNull()
}

// Object is a validator of attributes that hold fields by name. It refuses what
// is not an object, and names that are not the configuration's to set.
type Object struct {
	// Attribute is the attribute's name.
	Attribute string
	// One and Many are what a field, and fields, are called in messages.
	One, Many string
	// Example is a value that would be accepted.
	Example string
	// Reserved says of a name that cannot be used what to do in its place, as a
	// sentence; "" for all others.
	Reserved func(name string) string
}

// Description says what is accepted.
func (Object) Description(context.Context) string {
	return "value must be an object whose names are neither the provider's nor the server's own"
}

// MarkdownDescription says what is accepted.
func (v Object) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

// ValidateDynamic checks the names, and that the value has a JSON form.
func (v Object) ValidateDynamic(_ context.Context, req validator.DynamicRequest, resp *validator.DynamicResponse) {
	config := req.ConfigValue
	if IsNullDynamic(config) || config.IsUnknown() || config.IsUnderlyingValueUnknown() {
		return
	}
	switch config.UnderlyingValue().(type) {
	case types.Object, types.Map:
	default:
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid "+v.Many, fmt.Sprintf("%s must be an object such as %s.", v.Attribute, v.Example))
		return
	}
	for _, name := range slices.Sorted(maps.Keys(elementsOf(config))) {
		v.checkName(&resp.Diagnostics, req.Path, name)
	}
	if _, err := Fields(config); err != nil && !errors.Is(err, ErrNotKnown) {
		resp.Diagnostics.Append(v.NotJSON(err))
	}
}

// NotJSON is the error of a value that has no JSON form.
func (v Object) NotJSON(err error) diag.DiagnosticWithPath {
	return diag.NewAttributeErrorDiagnostic(path.Root(v.Attribute), "Invalid "+v.Many, fmt.Sprintf("%s cannot be sent as JSON: %s.", v.Attribute, err))
}

func (v Object) checkName(diags *diag.Diagnostics, at path.Path, name string) {
	if name == "" {
		diags.AddAttributeError(at, "Invalid "+v.One, fmt.Sprintf("A %s needs a name; the name here is empty.", v.One))
	} else if instead := v.Reserved(name); instead != "" {
		diags.AddAttributeError(at, "Reserved "+v.One,
			fmt.Sprintf("The field %q belongs to the provider or to the server and cannot be a %s. %s", name, v.One, instead))
	}
}

// KeepUnconfigured keeps what is not configured as it was, null in a new resource.
var KeepUnconfigured planmodifier.Dynamic = keepUnconfigured{"Not configured, it is not managed."}

type keepUnconfigured struct{ described }

func (keepUnconfigured) PlanModifyDynamic(_ context.Context, req planmodifier.DynamicRequest, resp *planmodifier.DynamicResponse) {
	if IsNullDynamic(req.ConfigValue) {
		resp.PlanValue = req.StateValue
	}
}
