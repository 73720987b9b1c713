package acctest

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/imkit/terraform-provider-imkit/internal/provider"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

const sandboxKey = sandbox.DefaultAPIKey

// Schemas are the provider's, read once.
var Schemas = sync.OnceValue(func() *tfprotov6.GetProviderSchemaResponse {
	resp, err := provider.NewServer(provider.New("test")()).GetProviderSchema(context.Background(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		panic(err)
	}
	return resp
})

func (c *Core) schema() *tfprotov6.Schema { return Schemas().ResourceSchemas[c.TypeName] }

// null is no object.
func (c *Core) null() tftypes.Value { return tftypes.NewValue(c.schema().ValueType(), nil) }

// object is a configuration; attributes that are not given are null.
func (c *Core) object(attributes map[string]any) tftypes.Value {
	return ProtocolObject(c.schema(), attributes)
}

// ProtocolObject is an object as a schema describes it; attributes that are not given
// are null.
func ProtocolObject(schema *tfprotov6.Schema, given map[string]any) tftypes.Value {
	values := map[string]tftypes.Value{}
	for _, a := range schema.Block.Attributes {
		values[a.Name] = protocolValue(a.ValueType(), given[a.Name])
	}
	for name := range given {
		if _, ok := values[name]; !ok {
			panic("no attribute " + name)
		}
	}
	return tftypes.NewValue(schema.ValueType(), values)
}

// Unknown is a value that is not known yet.
const Unknown = tftypes.UnknownValue

// protocolValue makes a value of a type; what an object is not given is null.
func protocolValue(t tftypes.Type, v any) tftypes.Value {
	if v == nil || v == Unknown {
		return tftypes.NewValue(t, v)
	}
	switch t := t.(type) {
	case tftypes.Object:
		attributes := map[string]tftypes.Value{}
		given := v.(map[string]any) //nolint:forcetypeassert // a mistake of the test's
		for name, attribute := range t.AttributeTypes {
			attributes[name] = protocolValue(attribute, given[name])
		}
		return tftypes.NewValue(t, attributes)
	case tftypes.List:
		return tftypes.NewValue(t, protocolValues(t.ElementType, v))
	case tftypes.Map:
		elements := map[string]tftypes.Value{}
		for key, element := range v.(map[string]any) { //nolint:forcetypeassert // a mistake of the test's
			elements[key] = protocolValue(t.ElementType, element)
		}
		return tftypes.NewValue(t, elements)
	case tftypes.Set:
		return tftypes.NewValue(t, protocolValues(t.ElementType, v))
	}
	if !t.Is(tftypes.DynamicPseudoType) {
		return tftypes.NewValue(t, v)
	}
	switch v := v.(type) {
	case string:
		return tftypes.NewValue(tftypes.String, v)
	case int:
		return tftypes.NewValue(tftypes.Number, v)
	case map[string]any:
		elements, types := map[string]tftypes.Value{}, map[string]tftypes.Type{}
		for key, element := range v {
			elements[key] = protocolValue(tftypes.DynamicPseudoType, element)
			types[key] = elements[key].Type()
		}
		return tftypes.NewValue(tftypes.Object{AttributeTypes: types}, elements)
	}
	panic(fmt.Sprintf("no value of %T", v))
}

func protocolValues(t tftypes.Type, v any) []tftypes.Value {
	var elements []tftypes.Value
	for _, element := range v.([]any) { //nolint:forcetypeassert // a mistake of the test's
		elements = append(elements, protocolValue(t, element))
	}
	return elements
}

func (c *Core) encode(v tftypes.Value) *tfprotov6.DynamicValue { return EncodeAs(c.T, v.Type(), v) }

// EncodeAs encodes a value of a type that may be dynamic where the value's is not.
func EncodeAs(t *testing.T, as tftypes.Type, v tftypes.Value) *tfprotov6.DynamicValue {
	t.Helper()
	encoded, err := tfprotov6.NewDynamicValue(as, v)
	if err != nil {
		t.Fatal(err)
	}
	return &encoded
}

func (c *Core) decode(v *tfprotov6.DynamicValue) tftypes.Value {
	return decodeAs(c.T, c.schema().ValueType(), v)
}

func decodeAs(t *testing.T, as tftypes.Type, v *tfprotov6.DynamicValue) tftypes.Value {
	t.Helper()
	if v == nil {
		return tftypes.NewValue(as, nil)
	}
	value, err := v.Unmarshal(as)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// Attributes takes an object or a map apart; null has none.
func (c *Core) Attributes(v tftypes.Value) map[string]tftypes.Value {
	c.T.Helper()
	values := map[string]tftypes.Value{}
	if !v.IsNull() {
		c.NoError(v.As(&values))
	}
	return maps.Clone(values) // As gives away the value's own
}

// Text is an attribute or element that is a string, "" when it is null.
func (c *Core) Text(v tftypes.Value, name string) string {
	c.T.Helper()
	var s *string
	if element, ok := c.Attributes(v)[name]; ok {
		c.NoError(element.As(&s))
	}
	if s == nil {
		return ""
	}
	return *s
}

// Private is what a provider keeps under a key: the framework has an object of
// JSON with its own keys and the provider's.
func (c *Core) Private(encoded []byte, key string) []byte {
	c.T.Helper()
	var keys map[string][]byte
	c.NoError(json.Unmarshal(encoded, &keys))
	return keys[key]
}

// NoError ends the test at an error.
func (c *Core) NoError(err error) {
	c.T.Helper()
	if err != nil {
		c.T.Fatal(err)
	}
}

// Said is what a provider told.
type Said []*tfprotov6.Diagnostic

// Failed reports whether there is an error among it.
func (s Said) Failed() bool { return s.Count(tfprotov6.DiagnosticSeverityError) > 0 }

// Count is how many there are of a severity.
func (s Said) Count(severity tfprotov6.DiagnosticSeverity) int {
	n := 0
	for _, d := range s {
		if d.Severity == severity {
			n++
		}
	}
	return n
}

// String is what a person would read.
func (s Said) String() string {
	var b strings.Builder
	for _, d := range s {
		fmt.Fprintf(&b, "%s: %s\n%s\n", d.Severity, d.Summary, d.Detail)
	}
	return b.String()
}
