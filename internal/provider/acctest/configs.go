package acctest

import (
	"fmt"
	"strings"

	"github.com/imkit/terraform-provider-imkit/internal/provider/value"
)

// BatchWith is a batch with this map of clients.
func BatchWith(clients string, lines ...string) string {
	return fmt.Sprintf("resource \"imkit_client_batch\" \"test\" {\n  clients = %s\n  %s\n}\n", clients, strings.Join(lines, "\n  "))
}

// ClientAddress is where [Client] puts its resource.
const ClientAddress = "imkit_client.test"

// Client is a client resource with these lines in its body.
func Client(id string, lines ...string) string {
	return fmt.Sprintf("resource \"imkit_client\" \"test\" {\n  id = %s\n  %s\n}\n", value.HCLString(id), strings.Join(lines, "\n  "))
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
