package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// formatVersion is the version of the output of "terraform providers schema -json".
const formatVersion = "1.0"

// describe asks a provider for everything it declares and returns it as
// Terraform would, under the given provider address.
func describe(ctx context.Context, address string, server tfprotov6.ProviderServer) (*tfjson.ProviderSchemas, error) {
	schemas, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return nil, err
	}
	identities, err := server.GetResourceIdentitySchemas(ctx, &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		return nil, err
	}
	if err := errors.Join(failures(schemas.Diagnostics), failures(identities.Diagnostics)); err != nil {
		return nil, err
	}

	described, err := providerSchema(schemas, identities)
	if err != nil {
		return nil, err
	}
	return &tfjson.ProviderSchemas{
		FormatVersion: formatVersion,
		Schemas:       map[string]*tfjson.ProviderSchema{address: described},
	}, nil
}

func failures(diagnostics []*tfprotov6.Diagnostic) error {
	var errs []error
	for _, d := range diagnostics {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			errs = append(errs, fmt.Errorf("%s: %s", d.Summary, d.Detail))
		}
	}
	return errors.Join(errs...)
}

func providerSchema(schemas *tfprotov6.GetProviderSchemaResponse, identities *tfprotov6.GetResourceIdentitySchemasResponse) (*tfjson.ProviderSchema, error) {
	config, configErr := schema(schemas.Provider)
	resources, resourcesErr := convertAll(schemas.ResourceSchemas, schema)
	dataSources, dataSourcesErr := convertAll(schemas.DataSourceSchemas, schema)
	ephemerals, ephemeralsErr := convertAll(schemas.EphemeralResourceSchemas, schema)
	lists, listsErr := convertAll(schemas.ListResourceSchemas, schema)
	actions, actionsErr := convertAll(schemas.ActionSchemas, action)
	functions, functionsErr := convertAll(schemas.Functions, function)
	identity, identityErr := convertAll(identities.IdentitySchemas, identitySchema)

	return &tfjson.ProviderSchema{
		ConfigSchema:             config,
		ResourceSchemas:          resources,
		DataSourceSchemas:        dataSources,
		EphemeralResourceSchemas: ephemerals,
		ListResourceSchemas:      lists,
		ActionSchemas:            actions,
		Functions:                functions,
		ResourceIdentitySchemas:  identity,
	}, errors.Join(configErr, resourcesErr, dataSourcesErr, ephemeralsErr, listsErr, actionsErr, functionsErr, identityErr)
}

// convertAll converts a map by value and names the key in an error.
func convertAll[From, To any](from map[string]From, convert func(From) (To, error)) (map[string]To, error) {
	to := make(map[string]To, len(from))
	for name, value := range from {
		converted, err := convert(value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		to[name] = converted
	}
	return to, nil
}

func schema(from *tfprotov6.Schema) (*tfjson.Schema, error) {
	converted, err := block(from.Block)
	return &tfjson.Schema{Version: count(from.Version), Block: converted}, err
}

func action(from *tfprotov6.ActionSchema) (*tfjson.ActionSchema, error) {
	converted, err := block(from.Schema.Block)
	return &tfjson.ActionSchema{Block: converted}, err
}

func block(from *tfprotov6.SchemaBlock) (*tfjson.SchemaBlock, error) {
	converted, err := attributes(from.Attributes)
	if err != nil {
		return nil, err
	}
	blocks := make(map[string]*tfjson.SchemaBlockType, len(from.BlockTypes))
	for _, nested := range from.BlockTypes {
		inner, err := block(nested.Block)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", nested.TypeName, err)
		}
		blocks[nested.TypeName] = &tfjson.SchemaBlockType{
			NestingMode: nesting(nested.Nesting),
			Block:       inner,
			MinItems:    count(nested.MinItems),
			MaxItems:    count(nested.MaxItems),
		}
	}
	return &tfjson.SchemaBlock{
		Attributes:      converted,
		NestedBlocks:    blocks,
		Description:     from.Description,
		DescriptionKind: descriptionKind(from.DescriptionKind),
		Deprecated:      from.Deprecated,
	}, nil
}

func attributes(from []*tfprotov6.SchemaAttribute) (map[string]*tfjson.SchemaAttribute, error) {
	to := make(map[string]*tfjson.SchemaAttribute, len(from))
	for _, attribute := range from {
		converted := &tfjson.SchemaAttribute{
			Description:     attribute.Description,
			DescriptionKind: descriptionKind(attribute.DescriptionKind),
			Deprecated:      attribute.Deprecated,
			Required:        attribute.Required,
			Optional:        attribute.Optional,
			Computed:        attribute.Computed,
			Sensitive:       attribute.Sensitive,
			WriteOnly:       attribute.WriteOnly,
		}
		if err := setAttributeType(converted, attribute); err != nil {
			return nil, fmt.Errorf("%s: %w", attribute.Name, err)
		}
		to[attribute.Name] = converted
	}
	return to, nil
}

// setAttributeType sets the one of the two kinds of type that an attribute has.
func setAttributeType(to *tfjson.SchemaAttribute, from *tfprotov6.SchemaAttribute) error {
	if from.NestedType == nil {
		return decodeType(from.Type, &to.AttributeType)
	}
	nested, err := attributes(from.NestedType.Attributes)
	to.AttributeNestedType = &tfjson.SchemaNestedAttributeType{
		Attributes:  nested,
		NestingMode: nesting(from.NestedType.Nesting),
	}
	return err
}

func identitySchema(from *tfprotov6.ResourceIdentitySchema) (*tfjson.IdentitySchema, error) {
	to := make(map[string]*tfjson.IdentityAttribute, len(from.IdentityAttributes))
	for _, attribute := range from.IdentityAttributes {
		converted := &tfjson.IdentityAttribute{
			Description:       attribute.Description,
			RequiredForImport: attribute.RequiredForImport,
			OptionalForImport: attribute.OptionalForImport,
		}
		if err := decodeType(attribute.Type, &converted.IdentityType); err != nil {
			return nil, fmt.Errorf("%s: %w", attribute.Name, err)
		}
		to[attribute.Name] = converted
	}
	return &tfjson.IdentitySchema{Version: count(from.Version), Attributes: to}, nil
}

func function(from *tfprotov6.Function) (*tfjson.FunctionSignature, error) {
	to := &tfjson.FunctionSignature{
		Summary:            from.Summary,
		Description:        from.Description,
		DeprecationMessage: from.DeprecationMessage,
	}
	if err := decodeType(from.Return.Type, &to.ReturnType); err != nil {
		return nil, fmt.Errorf("return type: %w", err)
	}
	for _, p := range from.Parameters {
		converted, err := parameter(p)
		if err != nil {
			return nil, err
		}
		to.Parameters = append(to.Parameters, converted)
	}
	if from.VariadicParameter == nil {
		return to, nil
	}
	variadic, err := parameter(from.VariadicParameter)
	to.VariadicParameter = variadic
	return to, err
}

func parameter(from *tfprotov6.FunctionParameter) (*tfjson.FunctionParameter, error) {
	to := &tfjson.FunctionParameter{
		Name:        from.Name,
		Description: from.Description,
		IsNullable:  from.AllowNullValue,
	}
	if err := decodeType(from.Type, &to.Type); err != nil {
		return nil, fmt.Errorf("parameter %s: %w", from.Name, err)
	}
	return to, nil
}

// decodeType carries a type over by its JSON form, which the protocol and
// Terraform's own type system share.
func decodeType(from tftypes.Type, to json.Unmarshaler) error {
	encoded, err := json.Marshal(from)
	if err != nil {
		return err
	}
	return to.UnmarshalJSON(encoded)
}

func nesting(mode fmt.Stringer) tfjson.SchemaNestingMode {
	return tfjson.SchemaNestingMode(strings.ToLower(mode.String()))
}

func descriptionKind(kind tfprotov6.StringKind) tfjson.SchemaDescriptionKind {
	if kind == tfprotov6.StringKindMarkdown {
		return tfjson.SchemaDescriptionKindMarkdown
	}
	return tfjson.SchemaDescriptionKindPlain
}

// count converts a version or a number of items; the protocol's are never negative.
func count(n int64) uint64 {
	return uint64(max(n, 0))
}
