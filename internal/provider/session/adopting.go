package session

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"

	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

// AdoptExisting is the attribute adopt_existing. does says what taking an object over
// does to it.
func AdoptExisting(noun Noun, does string) schema.BoolAttribute {
	return schema.BoolAttribute{
		MarkdownDescription: fmt.Sprintf("What to do on create when the %s exists already: `false` is an error that shows the `import` block to write, "+
			"`true` takes the %s over and %s. Defaults to `false`.", noun.Short, noun.Short, does),
		Optional: true,
		Computed: true,
		Default:  booldefault.StaticBool(false),
	}
}

// AlreadyExists is the error of an apply where an object exists that is to be
// created, and that the configuration does not take over.
func AlreadyExists(noun Noun, id string) diag.DiagnosticWithPath {
	name := title(noun.Short)
	return diag.NewAttributeErrorDiagnostic(path.Root(noun.ID), name+" already exists",
		fmt.Sprintf("%s %q is %s already; it was not changed. To manage it, import it, or set adopt_existing = true. "+
			"If Terraform manages it already: a resource that got another name needs a moved block, "+
			"one that create_before_destroy replaces needs adopt_existing = true, and one that is tainted `terraform untaint`.\n\n%s",
			name, id, noun.Where, importBlock(noun, id)))
}

// importBlock is the configuration that imports an object, ready to paste.
func importBlock(noun Noun, id string) string {
	return fmt.Sprintf("  import {\n    to = %s.NAME\n    id = %s\n  }", noun.Type, tfvalue.HCLString(id))
}

// TakenOver warns in an apply that an object was taken over. Terraform says it once
// for all of them, and counts them.
func TakenOver(noun Noun, id string) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Existing "+noun.Short+" was taken over",
		fmt.Sprintf("%s %q was %s already, and is managed from now on.", title(noun.Short), id, noun.Where))
}
