package acctest

import (
	"encoding/json"
	"strings"
)

// Told is what Terraform said in a run: for each provider, how often it warned of
// what, and what it plans to do, "client_token issued: replace".
type Told struct {
	Warnings map[string]map[string]int
	Changes  map[string][]string
}

// RunJSON is a command that has to succeed, and whose output is JSON.
func (c *CLI) RunJSON(args ...string) Told {
	c.T.Helper()
	output := c.Must(append([]string{args[0], "-json"}, args[1:]...)...)
	said := Told{map[string]map[string]int{}, map[string][]string{}}
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
			c.T.Fatalf("not JSON: %s", line)
		}
		switch {
		case message.Diagnostic.Severity == "warning":
			provider, _ := splitAddress(message.Diagnostic.Address)
			if said.Warnings[provider] == nil {
				said.Warnings[provider] = map[string]int{}
			}
			said.Warnings[provider][message.Diagnostic.Summary]++
		case message.Type == "planned_change":
			provider, object := splitAddress(message.Change.Resource.Address)
			said.Changes[provider] = append(said.Changes[provider], object+": "+message.Change.Action)
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
