package session

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// importedKey marks, in private state, an object that was imported and not read yet.
const importedKey = "imported"

// IdentitySchema is the schema of an identity, whose attributes are strings with these
// descriptions.
func IdentitySchema(attributes map[string]string) identityschema.Schema {
	identity := identityschema.Schema{Attributes: map[string]identityschema.Attribute{}}
	for name, description := range attributes {
		identity.Attributes[name] = identityschema.StringAttribute{Description: description, RequiredForImport: true}
	}
	return identity
}

// ImportByID imports by id or identity. settings are those of the resource that no server knows.
func (b *Resource) ImportByID(ctx context.Context, noun Noun, settings map[string]any, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	if !b.Ready(&resp.Diagnostics) {
		return
	}
	at := path.Root(noun.ID)
	resource.ImportStatePassthroughWithIdentity(ctx, at, at, req, resp)
	var id types.String
	resp.Diagnostics.Append(resp.State.GetAttribute(ctx, at, &id)...)
	if resp.Diagnostics.HasError() {
		return
	}
	name, full := noun.Short+" ID", "ID of the "+noun.Short
	if noun.ID != "id" {
		name, full = noun.ID, noun.ID
	}
	if id.ValueString() == "" {
		resp.Diagnostics.AddError("Missing "+name, "The "+full+" to import is empty. Set it as the id of the import block, or as the last argument of terraform import.")
		return
	}
	if err := noun.checkID(id.ValueString()); err != nil {
		resp.Diagnostics.AddError("Invalid "+name, "This "+noun.Short+" cannot be imported: "+err.Error()+".")
		return
	}
	for name, value := range settings {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(name), value)...)
	}
	resp.Diagnostics.Append(MarkImported(ctx, resp.Private)...)
}

// MarkImported notes that an object was imported, so that its first read takes in everything.
func MarkImported(ctx context.Context, private PrivateState) diag.Diagnostics {
	return private.SetKey(ctx, importedKey, []byte("true"))
}

// IsImported reports whether an object was imported, and not read since.
func IsImported(ctx context.Context, private PrivateState, diags *diag.Diagnostics) bool {
	mark, failed := private.GetKey(ctx, importedKey)
	diags.Append(failed...)
	return mark != nil
}

// WasRead takes back [MarkImported].
func WasRead(ctx context.Context, private PrivateState) diag.Diagnostics {
	return private.SetKey(ctx, importedKey, nil)
}

// Gone ends a read that finds no object. Of one that is being imported, that is an error.
func Gone(ctx context.Context, noun Noun, id string, imported bool, resp *resource.ReadResponse) {
	if !imported {
		resp.State.RemoveResource(ctx)
		return
	}
	resp.Diagnostics.AddError(title(noun.Short)+" to import does not exist",
		fmt.Sprintf("There is no %s %q %s. Check the %s, upper and lower case included, or remove the import and let Terraform create the %s.",
			noun.Short, id, noun.Where, noun.ID, noun.Short))
}
