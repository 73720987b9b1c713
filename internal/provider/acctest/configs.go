package acctest

import (
	"fmt"
	"strings"

	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

// BatchWith is a batch with this map of clients.
func BatchWith(clients string, lines ...string) string {
	return fmt.Sprintf("resource \"imkit_client_batch\" \"test\" {\n  clients = %s\n  %s\n}\n", clients, strings.Join(lines, "\n  "))
}

// ClientAddress is where [Client] puts its resource.
const ClientAddress = "imkit_client.test"

// Client is a client resource with these lines in its body.
func Client(id string, lines ...string) string {
	return fmt.Sprintf("resource \"imkit_client\" \"test\" {\n  id = %s\n  %s\n}\n", tfvalue.HCLString(id), strings.Join(lines, "\n  "))
}

// EphemeralToken is an ephemeral token of a client, given as an expression.
func EphemeralToken(clientID string, lines ...string) string {
	return fmt.Sprintf("ephemeral \"imkit_client_token\" \"test\" {\n  client_id = %s\n  %s\n}\n", clientID, strings.Join(lines, "\n  "))
}

// TokenAddress is where [ClientToken] and [TokenFor] put theirs.
const TokenAddress = "imkit_client_token.test"

// ClientToken is a token of the client that [Client] writes.
func ClientToken(lines ...string) string {
	return TokenFor("imkit_client.test.id", lines...)
}

// TokenFor is a token of a client, given as an expression.
func TokenFor(clientID string, lines ...string) string {
	return fmt.Sprintf("resource \"imkit_client_token\" \"test\" {\n  client_id = %s\n  %s\n}\n", clientID, strings.Join(lines, "\n  "))
}

// Where [ConfigKey] puts its resource, and what it calls.
const (
	ConfigAddress  = "imkit_config.test"
	RouteConfig    = "/config"
	RouteConfigKey = "/config/{key}"
)

// ConfigKey is a key of the run-time configuration with a value, given as an
// expression.
func ConfigKey(key, expression string, lines ...string) string {
	return fmt.Sprintf("resource \"imkit_config\" \"test\" {\n  key   = %s\n  value = %s\n  %s\n}\n",
		tfvalue.HCLString(key), expression, strings.Join(lines, "\n  "))
}

// SentConfig are the bodies of the calls that wrote the run-time configuration so
// far.
func (w *World) SentConfig() []map[string]any {
	var bodies []map[string]any
	for _, r := range w.Requests() {
		if r.Method == "POST" && r.Route == RouteConfig {
			bodies = append(bodies, r.JSON)
		}
	}
	return bodies
}

// Where [Group] and [UnnamedGroup] put their resource, and what it calls.
const (
	GroupAddress = "imkit_group.test"
	RouteGroups  = "/admin/groups"
)

// Group is a group resource with these lines in its body.
func Group(id string, lines ...string) string {
	return UnnamedGroup(append([]string{"id = " + tfvalue.HCLString(id)}, lines...)...)
}

// UnnamedGroup is one whose id the provider makes.
func UnnamedGroup(lines ...string) string {
	return fmt.Sprintf("resource \"imkit_group\" \"test\" {\n  %s\n}\n", strings.Join(lines, "\n  "))
}

// SentGroups are the bodies of the calls that made or changed groups so far.
func (w *World) SentGroups() []map[string]any {
	var bodies []map[string]any
	for _, r := range w.Requests() {
		if r.Method == "POST" && r.Route == RouteGroups {
			bodies = append(bodies, r.JSON)
		}
	}
	return bodies
}

// CreateBeforeDestroy has the new object made first.
const CreateBeforeDestroy = "lifecycle {\n    create_before_destroy = true\n  }"

// Then is a resource that runs a command once another is made. With "false", which
// fails, an apply ends before what create_before_destroy replaces is destroyed.
func Then(address, command string) string {
	return fmt.Sprintf("resource \"terraform_data\" \"then\" {\n  triggers_replace = [%[2]q]\n  depends_on = [%[1]s]\n"+
		"  provisioner \"local-exec\" {\n    command = %[2]q\n  }\n}\n", address, command)
}
