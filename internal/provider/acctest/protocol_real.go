package acctest

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// planForReal is plan by a real Terraform.
func (c *Core) planForReal(config map[string]any) (Change, Said) {
	c.T.Helper()
	settings := map[string]any{"base_url": c.W.URL, "api_key": sandboxKey}
	maps.Copy(settings, c.Settings)
	file := map[string]any{"provider": map[string]any{"imkit": settings}}
	if config != nil {
		file["resource"] = map[string]any{c.TypeName: map[string]any{"test": config}}
	}
	encoded, err := json.Marshal(file)
	c.NoError(err)
	c.NoError(os.WriteFile(filepath.Join(c.CLI.Dir, "main.tf.json"), encoded, 0o600))
	output, exitCode := c.CLI.Run("plan", "-out=saved")
	if exitCode != 0 {
		return Change{}, heard(output)
	}
	var plan struct {
		Changes []struct {
			Change struct {
				Actions []string `json:"actions"`
			} `json:"change"`
		} `json:"resource_changes"`
	}
	c.NoError(json.Unmarshal([]byte(c.CLI.Must("show", "-json", "saved")), &plan))
	planned := Change{Action: NoChange}
	if len(plan.Changes) > 0 {
		planned.Action = map[string]Action{
			"no-op": NoChange, "create": ToCreate, "update": ToUpdate, "delete": ToDestroy, "delete create": ToReplace,
		}[strings.Join(plan.Changes[0].Change.Actions, " ")]
	}
	return planned, heard(output)
}

// applyForReal is apply by a real Terraform, of the plan that was saved last.
func (c *Core) applyForReal() Said {
	c.T.Helper()
	output, _ := c.CLI.Run("apply", "saved")
	var state struct {
		Resources []struct {
			Instances []struct {
				Status     string          `json:"status"`
				Attributes json.RawMessage `json:"attributes"`
				Private    []byte          `json:"private"`
			} `json:"instances"`
		} `json:"resources"`
	}
	c.NoError(json.Unmarshal([]byte(c.CLI.Must("state", "pull")), &state))
	c.State = nil
	if len(state.Resources) > 0 {
		in := state.Resources[0].Instances[0]
		value, err := tfprotov6.RawState{JSON: in.Attributes}.Unmarshal(c.schema().ValueType())
		c.NoError(err)
		c.State = &Object{Value: value, Private: in.Private, Tainted: in.Status == "tainted"}
	}
	return heard(output)
}

// heard takes the errors and warnings from what Terraform printed. Each goes on
// to the next.
func heard(output string) Said {
	var told Said
	for line := range strings.SplitSeq(output, "\n") {
		line = flatten(line)
		switch {
		case strings.HasPrefix(line, "Error: "):
			told = append(told, &tfprotov6.Diagnostic{Severity: tfprotov6.DiagnosticSeverityError, Summary: line})
		case strings.HasPrefix(line, "Warning: "):
			told = append(told, &tfprotov6.Diagnostic{Severity: tfprotov6.DiagnosticSeverityWarning, Summary: line})
		case len(told) > 0:
			told[len(told)-1].Detail += " " + line
		}
	}
	return told
}
