package provider

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

func TestClientImportThenPlanIsEmpty(t *testing.T) {
	t.Parallel()
	fields := map[string]any{"nickname": "Robot", "isRobot": true, "tier": "gold", "level": 3, "nested": map[string]any{"a": []any{1, "b", nil}}, "cleared": nil}
	importBlock := "import {\n  to = imkit_client.test\n  id = \"robot\"\n}\n"
	for name, body := range map[string]string{
		"all of it configured": client("robot", `nickname = "Robot"`, `is_robot = true`,
			`custom_attributes = { tier = "gold", level = 3, nested = { a = [1, "b", null] } }`),
		"only the id configured": client("robot"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, sandbox.Options{})
			w.PutClient("robot", fields)
			c := w.cli(t, importBlock+body)
			says(t, c.apply(), "1 imported, 0 added, 0 changed, 0 destroyed")
			c.empty()
			if n := w.Count(http.MethodPost, routeClients); n != 0 {
				t.Errorf("importing sent %d upserts", n)
			}
		})
	}
}

func TestClientImportOfNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	w.test(t, resource.TestStep{
		Config: w.config(client("robot")), ResourceName: clientAddress,
		ImportState: true, ImportStateId: "Robot",
		ExpectError: regexp.MustCompile(`(?s)Client to import does not exist.*no client "Robot"`),
	})
}

// Terraform 1.12 is the first to send identities, so the protocol is spoken here
// as it would.
func TestClientImportByIdentity(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	w.PutClient("a/b c", map[string]any{"nickname": "Robot"})
	server := w.protocol(t)
	ctx := context.Background()

	identityType := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"id": tftypes.String}}
	identity := dynamic(t, identityType, tftypes.NewValue(identityType, map[string]tftypes.Value{"id": tftypes.NewValue(tftypes.String, "a/b c")}))
	imported, err := server.ImportResourceState(ctx, &tfprotov6.ImportResourceStateRequest{
		TypeName: "imkit_client", Identity: &tfprotov6.ResourceIdentityData{IdentityData: identity},
	})
	noErrors(t, err, imported.Diagnostics)
	object := imported.ImportedResources[0]
	read, err := server.ReadResource(ctx, &tfprotov6.ReadResourceRequest{
		TypeName: "imkit_client", CurrentState: object.State, Private: object.Private, CurrentIdentity: object.Identity,
	})
	noErrors(t, err, read.Diagnostics)

	state := attributes(t, server, "imkit_client", read.NewState)
	if got := text(t, state["nickname"]); got != "Robot" {
		t.Errorf("nickname is %q after the import", got)
	}
	back, err := read.NewIdentity.IdentityData.Unmarshal(identityType)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(back.String(), "a/b c") {
		t.Errorf("identity after the read is %s", back)
	}
}

// protocol is a configured provider, spoken to without Terraform.
func (w *world) protocol(t *testing.T) tfprotov6.ProviderServer {
	t.Helper()
	server := providerserver.NewProtocol6(newWithOptions("test", w.options())())()
	ctx := context.Background()
	schemas, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	noErrors(t, err, schemas.Diagnostics)
	configType := schemas.Provider.ValueType()
	values := map[string]tftypes.Value{}
	for name, attributeType := range objectType(t, configType) {
		values[name] = tftypes.NewValue(attributeType, nil)
	}
	values["base_url"] = tftypes.NewValue(tftypes.String, w.url)
	values["api_key"] = tftypes.NewValue(tftypes.String, sandbox.DefaultAPIKey)
	configured, err := server.ConfigureProvider(ctx, &tfprotov6.ConfigureProviderRequest{
		TerraformVersion: "1.12.0", Config: dynamic(t, configType, tftypes.NewValue(configType, values)),
	})
	noErrors(t, err, configured.Diagnostics)
	return server
}

func dynamic(t *testing.T, valueType tftypes.Type, value tftypes.Value) *tfprotov6.DynamicValue {
	t.Helper()
	encoded, err := tfprotov6.NewDynamicValue(valueType, value)
	if err != nil {
		t.Fatal(err)
	}
	return &encoded
}

func objectType(t *testing.T, valueType tftypes.Type) map[string]tftypes.Type {
	t.Helper()
	object, ok := valueType.(tftypes.Object)
	if !ok {
		t.Fatalf("%s is not an object", valueType)
	}
	return object.AttributeTypes
}

// attributes are the attributes of a resource's state.
func attributes(t *testing.T, server tfprotov6.ProviderServer, typeName string, state *tfprotov6.DynamicValue) map[string]tftypes.Value {
	t.Helper()
	schemas, err := server.GetProviderSchema(context.Background(), &tfprotov6.GetProviderSchemaRequest{})
	noErrors(t, err, schemas.Diagnostics)
	value, err := state.Unmarshal(schemas.ResourceSchemas[typeName].ValueType())
	if err != nil {
		t.Fatal(err)
	}
	var values map[string]tftypes.Value
	if err := value.As(&values); err != nil {
		t.Fatal(err)
	}
	return values
}

func text(t *testing.T, value tftypes.Value) string {
	t.Helper()
	var s string
	if err := value.As(&s); err != nil {
		t.Fatal(err)
	}
	return s
}

func noErrors(t *testing.T, err error, diagnostics []*tfprotov6.Diagnostic) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range diagnostics {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			t.Fatalf("%s: %s", d.Summary, d.Detail)
		}
	}
}
