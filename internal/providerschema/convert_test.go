package main

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// server declares one of everything that a provider can declare.
type server struct {
	tfprotov6.ProviderServer

	diagnostics []*tfprotov6.Diagnostic
}

func (s server) GetProviderSchema(context.Context, *tfprotov6.GetProviderSchemaRequest) (*tfprotov6.GetProviderSchemaResponse, error) {
	name := &tfprotov6.SchemaAttribute{Name: "name", Type: tftypes.String, Required: true}
	schema := &tfprotov6.Schema{Block: &tfprotov6.SchemaBlock{Attributes: []*tfprotov6.SchemaAttribute{name}}}

	return &tfprotov6.GetProviderSchemaResponse{
		Diagnostics: s.diagnostics,
		Provider:    schema,
		ResourceSchemas: map[string]*tfprotov6.Schema{"test_thing": {
			Version: 2,
			Block: &tfprotov6.SchemaBlock{
				Description:     "A **thing**.",
				DescriptionKind: tfprotov6.StringKindMarkdown,
				Attributes: []*tfprotov6.SchemaAttribute{
					{Name: "any", Type: tftypes.DynamicPseudoType, Optional: true, Computed: true, Deprecated: true},
					{Name: "secret", Type: tftypes.String, Optional: true, Sensitive: true, WriteOnly: true},
					{Name: "tags", Type: tftypes.Map{ElementType: tftypes.String}, Optional: true},
					{Name: "members", Optional: true, NestedType: &tfprotov6.SchemaObject{
						Nesting:    tfprotov6.SchemaObjectNestingModeMap,
						Attributes: []*tfprotov6.SchemaAttribute{name},
					}},
				},
				BlockTypes: []*tfprotov6.SchemaNestedBlock{{
					TypeName: "rule",
					Nesting:  tfprotov6.SchemaNestedBlockNestingModeList,
					MaxItems: 3,
					Block:    schema.Block,
				}},
			},
		}},
		DataSourceSchemas:        map[string]*tfprotov6.Schema{"test_data": schema},
		EphemeralResourceSchemas: map[string]*tfprotov6.Schema{"test_ephemeral": schema},
		ListResourceSchemas:      map[string]*tfprotov6.Schema{"test_list": schema},
		ActionSchemas:            map[string]*tfprotov6.ActionSchema{"test_action": {Schema: schema}},
		Functions: map[string]*tfprotov6.Function{"decode": {
			Summary:           "Decodes.",
			Parameters:        []*tfprotov6.FunctionParameter{{Name: "token", Type: tftypes.String, AllowNullValue: true}},
			VariadicParameter: &tfprotov6.FunctionParameter{Name: "more", Type: tftypes.Number},
			Return:            &tfprotov6.FunctionReturn{Type: tftypes.Object{AttributeTypes: map[string]tftypes.Type{"id": tftypes.String}}},
		}},
	}, nil
}

func (server) GetResourceIdentitySchemas(context.Context, *tfprotov6.GetResourceIdentitySchemasRequest) (*tfprotov6.GetResourceIdentitySchemasResponse, error) {
	return &tfprotov6.GetResourceIdentitySchemasResponse{
		IdentitySchemas: map[string]*tfprotov6.ResourceIdentitySchema{"test_thing": {
			IdentityAttributes: []*tfprotov6.ResourceIdentitySchemaAttribute{
				{Name: "id", Type: tftypes.String, RequiredForImport: true, Description: "The id."},
			},
		}},
	}, nil
}

const described = `{
  "format_version": "1.0",
  "provider_schemas": {
    "registry.terraform.io/hashicorp/test": {
      "provider": {"version": 0, "block": {"attributes": {"name": {"type": "string", "description_kind": "plain", "required": true}}, "description_kind": "plain"}},
      "resource_schemas": {"test_thing": {"version": 2, "block": {
        "description": "A **thing**.",
        "description_kind": "markdown",
        "attributes": {
          "any": {"type": "dynamic", "description_kind": "plain", "optional": true, "computed": true, "deprecated": true},
          "secret": {"type": "string", "description_kind": "plain", "optional": true, "sensitive": true, "write_only": true},
          "tags": {"type": ["map", "string"], "description_kind": "plain", "optional": true},
          "members": {"description_kind": "plain", "optional": true, "nested_type": {
            "nesting_mode": "map",
            "attributes": {"name": {"type": "string", "description_kind": "plain", "required": true}}
          }}
        },
        "block_types": {"rule": {"nesting_mode": "list", "max_items": 3, "block": {
          "attributes": {"name": {"type": "string", "description_kind": "plain", "required": true}}, "description_kind": "plain"
        }}}
      }}},
      "data_source_schemas": {"test_data": {"version": 0, "block": {"attributes": {"name": {"type": "string", "description_kind": "plain", "required": true}}, "description_kind": "plain"}}},
      "ephemeral_resource_schemas": {"test_ephemeral": {"version": 0, "block": {"attributes": {"name": {"type": "string", "description_kind": "plain", "required": true}}, "description_kind": "plain"}}},
      "list_resource_schemas": {"test_list": {"version": 0, "block": {"attributes": {"name": {"type": "string", "description_kind": "plain", "required": true}}, "description_kind": "plain"}}},
      "action_schemas": {"test_action": {"block": {"attributes": {"name": {"type": "string", "description_kind": "plain", "required": true}}, "description_kind": "plain"}}},
      "functions": {"decode": {
        "summary": "Decodes.",
        "return_type": ["object", {"id": "string"}],
        "parameters": [{"name": "token", "type": "string", "is_nullable": true}],
        "variadic_parameter": {"name": "more", "type": "number"}
      }},
      "resource_identity_schemas": {"test_thing": {"version": 0, "attributes": {
        "id": {"type": "string", "description": "The id.", "required_for_import": true}
      }}}
    }
  }
}`

func TestDescribe(t *testing.T) {
	schemas, err := describe(t.Context(), "registry.terraform.io/hashicorp/test", server{})
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := json.Marshal(schemas)
	if err != nil {
		t.Fatal(err)
	}

	var got, want any
	if err := json.Unmarshal(encoded, &got); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(described), &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("schema (-want +got):\n%s", diff)
	}

	// Readers check the format version while they decode.
	var read tfjson.ProviderSchemas
	if err := json.Unmarshal(encoded, &read); err != nil {
		t.Error(err)
	}
}

func TestDescribeReportsDiagnostics(t *testing.T) {
	_, err := describe(t.Context(), "", server{diagnostics: []*tfprotov6.Diagnostic{
		{Severity: tfprotov6.DiagnosticSeverityWarning, Summary: "Harmless"},
		{Severity: tfprotov6.DiagnosticSeverityError, Summary: "Broken schema", Detail: "Two attributes have one name."},
	}})
	if err == nil || !strings.Contains(err.Error(), "Broken schema") || strings.Contains(err.Error(), "Harmless") {
		t.Errorf("error %v, want the broken schema and nothing else", err)
	}
}
