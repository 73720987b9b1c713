package value

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

// ErrNull is the error of [Whole] for a value that is null.
var ErrNull = errors.New("it is null")

// Whole is an attribute that holds any JSON but null; see [ToJSON] for its form.
func Whole(attribute types.Dynamic) (any, error) {
	if IsNullDynamic(attribute) {
		return nil, ErrNull
	}
	return ToJSON(attribute)
}

// FromWhole is the way back. What is null on a server is null.
func FromWhole(reported any) (types.Dynamic, error) {
	value, err := FromJSON(reported)
	if err != nil || reported == nil {
		return types.DynamicNull(), err
	}
	return types.DynamicValue(value), nil
}

// IsJSON tells whether an attribute is this JSON, whatever its spelling.
func IsJSON(attribute types.Dynamic, other any) bool {
	known, err := ToJSON(attribute)
	return err == nil && SameJSON(known, other)
}

// AnyJSON accepts whatever has a JSON form and is not null.
var AnyJSON validator.Dynamic = anyJSON{"value must be anything that JSON has, but not null"}

type anyJSON struct{ described }

func (anyJSON) ValidateDynamic(_ context.Context, req validator.DynamicRequest, resp *validator.DynamicResponse) {
	if req.ConfigValue.IsNull() { // which the framework tells of
		return
	}
	if _, err := Whole(req.ConfigValue); err != nil && !errors.Is(err, ErrNotKnown) {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid value", fmt.Sprintf("The value cannot be sent as JSON: %s.", err))
	}
}

// ConfigKey accepts what can be a key of the run-time configuration.
var ConfigKey validator.String = configKey{"value must be a key: not empty, and short enough for a URL"}

type configKey struct{ described }

func (configKey) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if err := imkit.CheckConfigKey(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid key", fmt.Sprintf("This cannot be a key of the configuration: %s.", err))
	}
}
