package session

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
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
		fmt.Sprintf("%s %q is %s already; it was not changed. To manage it as it is, import it:\n\n%s\n\n"+
			"with the name of this resource for NAME. Or set adopt_existing = true to take it over here, %s\n\n"+
			"If Terraform manages the %s already: a resource that got another name needs a moved block, "+
			"and one that create_before_destroy replaces needs adopt_existing = true, or `terraform untaint` where it was tainted.",
			name, id, noun.Where, importBlock(noun, id), noun.Adopting, noun.Short))
}

// importBlock is the configuration that imports an object, ready to paste.
func importBlock(noun Noun, id string) string {
	return fmt.Sprintf("  import {\n    to = %s.NAME\n    id = %s\n  }", noun.Type, tfvalue.HCLString(id))
}

// WillStop warns in a plan of the error that will stop its apply.
func WillStop(failure diag.DiagnosticWithPath) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(failure.Path(), failure.Summary(), "The apply will stop here. "+failure.Detail())
}

// WillBeTakenOver warns in a plan that an object exists, and is taken over. change
// says in a sentence what that does to it: which attributes change, and not their
// values, which may be sensitive.
func WillBeTakenOver(noun Noun, id, change string) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(path.Root("adopt_existing"), "Existing "+noun.Short+" will be taken over",
		fmt.Sprintf("%s %q is %s already, and adopt_existing is true. %s", title(noun.Short), id, noun.Where, change))
}

// ChangesOf says, for [WillBeTakenOver], what taking an object over will change, by the names of
// attributes: those of which the server has another value, after the words that
// introduce them, and those of the configured ones that are not known yet.
func ChangesOf(words string, differing []string, configured map[string]attr.Value) string {
	maps.DeleteFunc(configured, func(_ string, v attr.Value) bool { return tfvalue.IsWhollyKnown(v) })
	unknown := slices.Sorted(maps.Keys(configured))
	differing = slices.DeleteFunc(differing, func(name string) bool { return slices.Contains(unknown, name) })
	var said []string
	if len(differing) > 0 {
		said = append(said, words+": "+strings.Join(differing, ", ")+".")
	}
	if len(unknown) > 0 {
		said = append(said, "What may change, once it is known: "+strings.Join(unknown, ", ")+".")
	}
	if len(said) == 0 {
		return "Nothing of it will change."
	}
	return strings.Join(said, " ")
}

// TakenOver warns in an apply that an object was taken over. Terraform says it once
// for all of them, and counts them.
func TakenOver(noun Noun, id string) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Existing "+noun.Short+" was taken over",
		fmt.Sprintf("%s %q was %s already, and is managed from now on.", title(noun.Short), id, noun.Where))
}
