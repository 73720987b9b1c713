package tfvalue

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
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

// NumbersNote says of an attribute how its numbers are compared, in its description.
const NumbersNote = " Write whole numbers of more than 15 digits as strings."

// Fields are those of an object; nil of null.
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

// ChangedFields is what has to be sent to bring an object from prior to planned. A field that was
// dropped is sent as null.
func ChangedFields(config, planned, prior types.Dynamic) (map[string]any, error) {
	if IsNull(config) {
		return nil, nil //nolint:nilnil // There is nothing to send.
	}
	now, err := Fields(planned)
	if err != nil {
		return nil, err
	}
	before, err := Fields(prior)
	if err != nil {
		return nil, fmt.Errorf("in the state: %w", err)
	}
	changes := map[string]any{}
	for name, value := range now {
		if was, there := before[name]; !there || !imkit.SameJSON(was, value) {
			changes[name] = value
		}
	}
	for name, was := range before {
		if _, stays := now[name]; !stays && was != nil {
			changes[name] = nil
		}
	}
	return changes, nil
}

// Refresh takes what the server reported of the whole attribute. What means the same keeps its
// spelling and type, and so does each field of an object.
func Refresh(known types.Dynamic, reported any) (types.Dynamic, error) {
	if err := CheckJSON(reported); err != nil {
		return known, err
	}
	before, err := ToJSON(known)
	if err != nil || imkit.SameJSON(before, reported) {
		return known, err
	}
	if reported == nil {
		return types.DynamicNull(), nil
	}
	now := fromJSON(reported)
	object, isObject := now.(types.Object)
	if fields, wasObject := before.(map[string]any); isObject && wasObject {
		values, spelled := object.Attributes(), elementsOf(known)
		for name, converted := range values {
			field, err := ToJSON(converted)
			if was, there := fields[name]; there && err == nil && imkit.SameJSON(was, field) {
				values[name] = spelled[name]
			}
		}
		now = ObjectOf(values)
	}
	return types.DynamicValue(now), nil
}

// RefreshFields is [Refresh] for an attribute whose own fields alone are managed. A null stays
// null. A field that was not reported keeps its value, and so does one that is too large, which
// is returned.
func RefreshFields(known types.Dynamic, reported map[string]any) (refreshed types.Dynamic, tooLarge []string) {
	managed, err := Fields(known)
	if err != nil || managed == nil {
		return known, nil
	}
	now := maps.Clone(reported)
	maps.DeleteFunc(now, func(name string, _ any) bool {
		_, is := managed[name]
		return !is
	})
	now, tooLarge = withinLimits(now)
	maps.Copy(managed, now)
	if refreshed, err = Refresh(known, managed); err != nil { // together with those that stay as they are
		for _, name := range slices.Sorted(maps.Keys(managed)) {
			tooLarge = append(tooLarge, Quoted(name))
		}
	}
	return refreshed, tooLarge
}

// Altered names the fields that the server has otherwise than they were sent.
func Altered(attribute string, sent, reported map[string]any) []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(sent)) {
		if now, there := reported[name]; there && !imkit.SameJSON(sent[name], now) {
			names = append(names, attribute+"."+name)
		}
	}
	return names
}

// ImportFields is the attribute with every field the server has but nulls, which cleared ones
// leave behind, and those that Terraform cannot hold. Those that are too large are returned.
func ImportFields(reported map[string]any) (imported types.Dynamic, tooLarge []string) {
	fields, tooLarge := withinLimits(FieldsInNFC(reported))
	maps.DeleteFunc(fields, func(name string, field any) bool { return field == nil || name == "" })
	if len(fields) == 0 {
		return types.DynamicNull(), tooLarge
	}
	return types.DynamicValue(fromJSON(fields)), tooLarge
}

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

// IsNull reports whether the attribute is null, or a null of some type.
func IsNull(value types.Dynamic) bool {
	return value.IsNull() || value.IsUnderlyingValueNull()
}

// Object is an attribute that holds fields by name, and its validator.
type Object struct {
	// Attribute is the attribute's name.
	Attribute string
	// One and Many are what a field, and fields, are called in messages.
	One, Many string
	// Example is a value that would be accepted.
	Example string
	// Reserved says what to do in the place of a name; "" if it can be used.
	Reserved func(name string) string
}

// Schema is the attribute in a schema. reserved are the names that cannot be used.
func (v Object) Schema(description string, reserved []string) schema.DynamicAttribute {
	names := "\n\n  ```text\n  " + strings.Join(reserved, "\n  ") + "\n  ```\n"
	return schema.DynamicAttribute{
		MarkdownDescription: description + NumbersNote + " Names must not begin with `$`, nor be one of these, alone or before a dot:" + names,
		Optional:            true,
		Computed:            true,
		PlanModifiers:       []planmodifier.Dynamic{useStateForUnconfigured{"When unset, it is not managed."}},
		Validators:          []validator.Dynamic{v},
	}
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
	if IsNull(config) || config.IsUnknown() || config.IsUnderlyingValueUnknown() {
		return
	}
	switch config.UnderlyingValue().(type) {
	case types.Object, types.Map:
	default:
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid "+v.Many, fmt.Sprintf("%s must be an object such as %s.", v.Attribute, v.Example))
		return
	}
	resp.Diagnostics.Append(v.CheckNames(config)...)
	if _, err := Fields(config); err != nil && !errors.Is(err, ErrNotKnown) {
		resp.Diagnostics.Append(v.NotJSON(err))
	}
}

// CheckNames checks the names, in an apply those that were unknown before.
func (v Object) CheckNames(config types.Dynamic) diag.Diagnostics {
	var diags diag.Diagnostics
	at := path.Root(v.Attribute)
	for _, name := range slices.Sorted(maps.Keys(elementsOf(config))) {
		field, isOperator := imkit.SplitField(name)
		if name == "" {
			diags.AddAttributeError(at, "Invalid "+v.One, fmt.Sprintf("A %s needs a name; the name here is empty.", v.One))
		} else if isOperator {
			diags.AddAttributeError(at, "Invalid "+v.One,
				fmt.Sprintf("The name %q begins with \"$\", which the server's database takes for an operator. Choose another name.", name))
		} else if instead := v.Reserved(field); instead != "" {
			detail := fmt.Sprintf("The field %q belongs to the provider or to the server and cannot be a %s. %s", field, v.One, instead)
			if field != name {
				detail = fmt.Sprintf("The server may take %q for a part of the field %q. %s", name, field, detail)
			}
			diags.AddAttributeError(at, "Reserved "+v.One, detail)
		}
	}
	return diags
}

// NotJSON is the error of a value that has no JSON form.
func (v Object) NotJSON(err error) diag.DiagnosticWithPath {
	return diag.NewAttributeErrorDiagnostic(path.Root(v.Attribute), "Invalid "+v.Many, fmt.Sprintf("%s cannot be sent as JSON: %s.", v.Attribute, err))
}

// AnyJSON is a validator of attributes that hold any JSON but null.
var AnyJSON validator.Dynamic = anyJSON{"value must be anything that JSON has, but not null"}

type anyJSON struct{ Described }

func (anyJSON) ValidateDynamic(_ context.Context, req validator.DynamicRequest, resp *validator.DynamicResponse) {
	if IsNull(req.ConfigValue) { // which the framework reports
		return
	}
	if _, err := ToJSON(req.ConfigValue); err != nil && !errors.Is(err, ErrNotKnown) {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid value", fmt.Sprintf("The value cannot be sent as JSON: %s.", err))
	}
}

// useStateForUnconfigured keeps what is not configured as it was, null in a new resource.
// A null may have a type, that of {k = 1} in cond ? null : {k = 1}. The plan may have
// been made before cond was known, and then Terraform accepts nothing but that type.
type useStateForUnconfigured struct{ Described }

func (useStateForUnconfigured) PlanModifyDynamic(_ context.Context, req planmodifier.DynamicRequest, resp *planmodifier.DynamicResponse) {
	config, prior := req.ConfigValue, req.StateValue
	switch {
	case config.IsNull():
		resp.PlanValue = prior
	case !config.IsUnderlyingValueNull():
	case !prior.IsNull() && TypeOf(prior.UnderlyingValue()).Equal(TypeOf(config.UnderlyingValue())):
		resp.PlanValue = prior
	default:
		resp.PlanValue = config
	}
}
