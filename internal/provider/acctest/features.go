package acctest

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// Feature is something that not every core knows that the provider supports.
type Feature struct {
	terraform, tofu int      // the oldest that knows it, as N of 1.N
	config, refusal string   // what uses it, and what an older one says to that
	command         []string // what says so; nil for validate
}

// never is for what no OpenTofu knows.
const never = math.MaxInt

// Features that tests ask for.
var (
	RemovedLifecycle = Feature{terraform: 7, tofu: 10}
	ImportIdentity   = Feature{terraform: 12, tofu: 12}
	EphemeralValues  = Feature{
		terraform: 10, tofu: 11,
		config:  "ephemeral \"imkit_client_token\" \"test\" {\n  client_id = \"robot\"\n}\n",
		refusal: "Unsupported block type",
	}
	WriteOnly = Feature{
		terraform: 11, tofu: 11,
		config:  "resource \"imkit_client_token\" \"test\" {\n  client_id        = \"robot\"\n  token_wo         = \"mine\"\n  token_wo_version = 1\n}\n",
		refusal: "WriteOnly Attribute Not Allowed",
	}
	Queries = Feature{terraform: 14, tofu: never, command: []string{"query"}, refusal: "has no command named"}
	Actions = Feature{
		terraform: 14, tofu: never,
		config:  "action \"imkit_revoke_tokens\" \"test\" {\n  config {\n    client_ids = [\"robot\"]\n  }\n}\n",
		refusal: "Unsupported block type",
	}
)

// IsKnown reports whether the core at hand knows the feature.
func (f Feature) IsKnown(t *testing.T) bool {
	t.Helper()
	minor, err := coreMinor()
	if err != nil {
		t.Fatalf("asking the core for its version: %v", err)
	}
	if IsTofu(os.Getenv("TF_ACC_TERRAFORM_PATH")) {
		return minor >= f.tofu
	}
	return minor >= f.terraform
}

// coreMinor is N of the core's version 1.N.
var coreMinor = sync.OnceValues(func() (minor int, err error) {
	output, err := exec.Command(os.Getenv("TF_ACC_TERRAFORM_PATH"), "version", "-json").Output() //nolint:gosec // the Terraform that TestMain found
	if err != nil {
		return 0, err
	}
	var version struct {
		Terraform string `json:"terraform_version"`
	}
	if err := json.Unmarshal(output, &version); err != nil {
		return 0, err
	}
	_, err = fmt.Sscanf(version.Terraform, "1.%d.", &minor)
	return minor, err
})

// Knows is for tests of a feature. With a core that does not know it they have
// nothing to do but this: to see it refused. [Main] says in the end what was left
// out.
func Knows(t *testing.T, f Feature) bool {
	t.Helper()
	if f.IsKnown(t) {
		return true
	}
	LeaveOut(t)
	w := NewWorld(t, sandbox.Options{})
	c := w.CLI(t, "")
	c.Write(w.Config(f.config))
	command := f.command
	if command == nil {
		command = []string{"validate", "-no-color"}
	}
	Says(t, c.Fails(command...), f.refusal)
	return false
}

// LeaveOut has [Main] say in the end that the core at hand is too old for a test.
func LeaveOut(t *testing.T) {
	t.Helper()
	leftOut.Store(t.Name(), true)
}

// leftOut has the names of the tests for which the core is too old.
var leftOut sync.Map

// sayLeftOut names them.
func sayLeftOut() {
	var names []string
	leftOut.Range(func(name, _ any) bool {
		names = append(names, fmt.Sprint(name))
		return true
	})
	if len(names) > 0 {
		slices.Sort(names)
		fmt.Fprintf(os.Stderr, "NOTE: %s does not know what these tests are about, so that they only saw it refused: %s. "+
			"Name a newer one in TF_ACC_TERRAFORM_PATH.\n", os.Getenv("TF_ACC_TERRAFORM_PATH"), strings.Join(names, ", "))
	}
}
