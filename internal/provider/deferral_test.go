package provider_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/imkit/terraform-provider-imkit/internal/provider"
	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// Where Terraform allows it, everything that the provider has waits for settings that are
// not known yet. Where it does not, nothing is deferred, which would be an error.
func TestUnknownSettingsDefer(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	w.PutClient("robot", nil)
	schemas := acctest.Schemas()
	server, ok := provider.NewServer(provider.New("test")()).(serverWithActions)
	if !ok {
		t.Fatal("the provider has no actions")
	}
	configure := func(allowed bool, settings map[string]any) {
		t.Helper()
		resp, err := server.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{
			Config:             objectOf(t, schemas.Provider, settings),
			ClientCapabilities: &tfprotov6.ConfigureProviderClientCapabilities{DeferralAllowed: allowed},
		})
		if err != nil || len(resp.Diagnostics) > 0 {
			t.Fatal(err, acctest.Said(resp.Diagnostics))
		}
	}
	unknown := map[string]any{"base_url": acctest.Unknown, "api_key": "key"}

	configure(true, unknown)
	answers := deferralsOf(t, server)
	for _, what := range slices.Sorted(maps.Keys(answers)) {
		if a := answers[what]; len(a.told) > 0 || a.deferred == nil || a.deferred.Reason != tfprotov6.DeferredReasonProviderConfigUnknown {
			t.Errorf("%s answers %v:\n%s", what, a.deferred, a.told)
		}
	}
	for _, settings := range []map[string]any{unknown, {"base_url": w.URL, "api_key": sandbox.DefaultAPIKey}} {
		configure(settings["api_key"] != "key", settings)
		for what, a := range deferralsOf(t, server) {
			if a.deferred != nil {
				t.Errorf("%v: %s is deferred", settings, what)
			}
		}
	}
}

// serverWithActions is a provider that has actions too.
type serverWithActions interface {
	tfprotov6.ProviderServer
	tfprotov6.ActionServer
}

// answer is what the provider says when it is asked for something.
type answer struct {
	deferred *tfprotov6.Deferred
	told     acctest.Said
}

// deferralsOf asks for everything that may be deferred, each with nothing configured but a client.
func deferralsOf(t *testing.T, server serverWithActions) map[string]answer {
	t.Helper()
	schemas, answers := acctest.Schemas(), map[string]answer{}
	note := func(what string, deferred *tfprotov6.Deferred, told []*tfprotov6.Diagnostic, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		answers[what] = answer{deferred, told}
	}
	for name, schema := range schemas.ResourceSchemas {
		object, none := objectOf(t, schema, nil), acctest.EncodeAs(t, schema.ValueType(), tftypes.NewValue(schema.ValueType(), nil))
		read, err := server.ReadResource(t.Context(), &tfprotov6.ReadResourceRequest{
			TypeName: name, CurrentState: object, ClientCapabilities: &tfprotov6.ReadResourceClientCapabilities{DeferralAllowed: true},
		})
		note("reading "+name, read.Deferred, read.Diagnostics, err)
		planned, err := server.PlanResourceChange(t.Context(), &tfprotov6.PlanResourceChangeRequest{
			TypeName: name, PriorState: none, ProposedNewState: object, Config: object,
			ClientCapabilities: &tfprotov6.PlanResourceChangeClientCapabilities{DeferralAllowed: true},
		})
		note("planning "+name, planned.Deferred, planned.Diagnostics, err)
	}
	for name, schema := range schemas.DataSourceSchemas {
		resp, err := server.ReadDataSource(t.Context(), &tfprotov6.ReadDataSourceRequest{
			TypeName: name, Config: objectOf(t, schema, nil), ClientCapabilities: &tfprotov6.ReadDataSourceClientCapabilities{DeferralAllowed: true},
		})
		note("reading data "+name, resp.Deferred, resp.Diagnostics, err)
	}
	for name, schema := range schemas.EphemeralResourceSchemas {
		resp, err := server.OpenEphemeralResource(t.Context(), &tfprotov6.OpenEphemeralResourceRequest{
			TypeName: name, Config: objectOf(t, schema, nil), ClientCapabilities: &tfprotov6.OpenEphemeralResourceClientCapabilities{DeferralAllowed: true},
		})
		note("opening "+name, resp.Deferred, resp.Diagnostics, err)
	}
	const revoke = "imkit_revoke_tokens"
	resp, err := server.PlanAction(t.Context(), &tfprotov6.PlanActionRequest{
		ActionType: revoke, Config: objectOf(t, schemas.ActionSchemas[revoke].Schema, map[string]any{"client_ids": []any{"robot"}}),
		ClientCapabilities: &tfprotov6.PlanActionClientCapabilities{DeferralAllowed: true},
	})
	note("planning "+revoke, resp.Deferred, resp.Diagnostics, err)
	return answers
}

// objectOf encodes an object with these attributes, and null for the others.
func objectOf(t *testing.T, schema *tfprotov6.Schema, attributes map[string]any) *tfprotov6.DynamicValue {
	t.Helper()
	return acctest.EncodeAs(t, schema.ValueType(), acctest.ProtocolObject(schema, attributes))
}
