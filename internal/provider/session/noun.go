package session

import (
	"fmt"
	"strings"

	"github.com/hashicorp/go-uuid"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

// Noun is a kind of object, in the words of messages.
type Noun struct {
	// Type is its resource type.
	Type string
	// Name is what one is called, and Short is that beside Where.
	Name, Short string
	// Where is where they are.
	Where string
	// ID is the attribute that tells one from all others.
	ID string
}

// The kinds of objects.
var (
	NounClient = onServer("client")
	NounRoom   = onServer("room")
	NounGroup  = onServer("group")
	NounConfig = Noun{Type: "imkit_config", Name: "configuration key", Short: "key", Where: "in the configuration", ID: "key"}
	// NounMember is taken over wherever it is.
	NounMember = Noun{Type: "imkit_room_member", Name: "member of a room"}
)

// onServer is a noun of the usual kind: an object of its own, with an id.
func onServer(name string) Noun {
	return Noun{Type: "imkit_" + name, Name: name, Short: name, Where: "on the server", ID: "id"}
}

// Named names an object in messages: client "robot". One without an id is new.
func (n Noun) Named(id string) string {
	if id == "" {
		return n.Name
	}
	return fmt.Sprintf("%s %q", n.Name, id)
}

// checkID says what is wrong with an id of the noun, or returns nil.
func (n Noun) checkID(id string) error {
	switch n {
	case NounRoom:
		return imkit.CheckRoomID(id)
	case NounGroup:
		return imkit.CheckGroupID(id)
	case NounConfig:
		return imkit.CheckConfigKey(id)
	}
	return imkit.CheckID(id)
}

// NewID makes an id that nothing on any server has, a UUID.
func NewID() string {
	id, _ := uuid.GenerateUUID() // whose source of random numbers never fails
	return id
}

// title is the words as they begin a sentence.
func title(words string) string { return strings.ToUpper(words[:1]) + words[1:] }

// AlreadyExists is the error of creating an object that exists and is not to be taken over.
func AlreadyExists(noun Noun, id string) diag.DiagnosticWithPath {
	name := title(noun.Short)
	return diag.NewAttributeErrorDiagnostic(path.Root(noun.ID), name+" already exists",
		fmt.Sprintf("%s %q is %s already; it was not changed. To manage it, import it or set adopt_existing = true. "+
			"If Terraform manages it already: a renamed resource needs a moved block, "+
			"one that create_before_destroy replaces needs adopt_existing = true, and a tainted one needs `terraform untaint`.\n\n%s",
			name, id, noun.Where, importBlock(noun, id)))
}

// importBlock is the configuration that imports an object, ready to paste.
func importBlock(noun Noun, id string) string {
	return fmt.Sprintf("  import {\n    to = %s.NAME\n    id = %s\n  }", noun.Type, tfvalue.HCLString(id))
}

// TakenOver warns that an object was taken over. Terraform counts such warnings, and says one.
func TakenOver(noun Noun, id string) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Existing "+noun.Short+" was adopted",
		fmt.Sprintf("%s %q was %s already, and is managed from now on.", title(noun.Short), id, noun.Where))
}
