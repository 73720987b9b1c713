package provider

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// planForReal is plan by a real Terraform.
func (c *core) planForReal(config map[string]any) (change, said) {
	c.t.Helper()
	settings := map[string]any{"base_url": c.w.url, "api_key": sandboxKey}
	maps.Copy(settings, c.settings)
	file := map[string]any{"provider": map[string]any{"imkit": settings}}
	if config != nil {
		file["resource"] = map[string]any{c.typeName: map[string]any{"test": config}}
	}
	encoded, err := json.Marshal(file)
	c.noError(err)
	c.noError(os.WriteFile(filepath.Join(c.cli.dir, "main.tf.json"), encoded, 0o600))
	output, exitCode := c.cli.run("plan", "-out=saved")
	if exitCode != 0 {
		return change{}, heard(output)
	}
	var plan struct {
		Changes []struct {
			Change struct {
				Actions []string `json:"actions"`
			} `json:"change"`
		} `json:"resource_changes"`
	}
	c.noError(json.Unmarshal([]byte(c.cli.must("show", "-json", "saved")), &plan))
	planned := change{action: noChange}
	if len(plan.Changes) > 0 {
		planned.action = map[string]action{
			"no-op": noChange, "create": toCreate, "update": toUpdate, "delete": toDestroy, "delete create": toReplace,
		}[strings.Join(plan.Changes[0].Change.Actions, " ")]
	}
	return planned, heard(output)
}

// applyForReal is apply by a real Terraform, of the plan that was saved last.
func (c *core) applyForReal() said {
	c.t.Helper()
	output, _ := c.cli.run("apply", "saved")
	var state struct {
		Resources []struct {
			Instances []struct {
				Status     string          `json:"status"`
				Attributes json.RawMessage `json:"attributes"`
				Private    []byte          `json:"private"`
			} `json:"instances"`
		} `json:"resources"`
	}
	c.noError(json.Unmarshal([]byte(c.cli.must("state", "pull")), &state))
	c.state = nil
	if len(state.Resources) > 0 {
		in := state.Resources[0].Instances[0]
		value, err := tfprotov6.RawState{JSON: in.Attributes}.Unmarshal(c.schema().ValueType())
		c.noError(err)
		c.state = &object{value: value, private: in.Private, tainted: in.Status == "tainted"}
	}
	return heard(output)
}

// heard takes the errors and warnings from what Terraform printed. Each goes on
// to the next.
func heard(output string) said {
	var told said
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
