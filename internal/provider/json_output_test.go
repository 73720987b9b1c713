package provider

import (
	"encoding/json"
	"strings"
)

// told is what Terraform said in a run: for each provider, how often it warned of
// what, and what it plans to do, "client_token issued: replace".
type told struct {
	warnings map[string]map[string]int
	changes  map[string][]string
}

// runJSON is a command that has to succeed, and whose output is JSON.
func (c *cli) runJSON(args ...string) told {
	c.t.Helper()
	output := c.must(append([]string{args[0], "-json"}, args[1:]...)...)
	said := told{map[string]map[string]int{}, map[string][]string{}}
	for line := range strings.Lines(output) {
		var message struct {
			Type       string `json:"type"`
			Diagnostic struct {
				Severity string `json:"severity"`
				Summary  string `json:"summary"`
				Address  string `json:"address"`
			} `json:"diagnostic"`
			Change struct {
				Resource struct {
					Address string `json:"addr"`
				} `json:"resource"`
				Action string `json:"action"`
			} `json:"change"`
		}
		if json.Unmarshal([]byte(line), &message) != nil {
			c.t.Fatalf("not JSON: %s", line)
		}
		switch {
		case message.Diagnostic.Severity == "warning":
			provider, _ := splitAddress(message.Diagnostic.Address)
			if said.warnings[provider] == nil {
				said.warnings[provider] = map[string]int{}
			}
			said.warnings[provider][message.Diagnostic.Summary]++
		case message.Type == "planned_change":
			provider, object := splitAddress(message.Change.Resource.Address)
			said.changes[provider] = append(said.changes[provider], object+": "+message.Change.Action)
		}
	}
	return said
}

// splitAddress splits "imkit_client_token.old01_issued" into "old01" and
// "client_token issued".
func splitAddress(address string) (provider, object string) {
	kind, name, _ := strings.Cut(strings.TrimPrefix(address, "imkit_"), ".")
	provider, name, _ = strings.Cut(name, "_")
	return provider, strings.TrimSpace(kind + " " + name)
}
