package provider_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
)

// Secrets with characters that JSON, URLs and HTML spell in other ways, and a
// word that all of them spell alike.
const (
	secretKey      = "k3y/of+a&secret=="
	secretBound    = `bound"/<1>+-boundsecret`                 //nolint:gosec // opens nothing but a sandbox
	secretRebound  = `rebound"/<2>+-reboundsecret`             //nolint:gosec // as above
	secretWritten  = `written"/<1>+-writtensecret`             //nolint:gosec // as above
	secretWritten2 = `rewritten"/<2>+-rewrittensecret`         //nolint:gosec // as above
	secretHook     = `https://example.com/"<1>+ü?hooksecret`   //nolint:gosec // as above
	secretHook2    = `https://example.com/"<2>+ü?rehooksecret` //nolint:gosec // as above
)

// secretsConfig has one of everything. The tokens are those of a client that is
// there already, so that no failure keeps the others from failing.
func secretsConfig(version string) string {
	return `
variable "bound" {
  sensitive = true
}
variable "written" {
  ephemeral = true
}
resource "imkit_client" "own" {
  id                = "own"
  nickname          = "Robot ` + version + `"
  custom_attributes = { version = "` + version + `" }
}
resource "imkit_client_token" "issued" {
  client_id = "robot"
}
resource "imkit_client_token" "bound" {
  client_id       = "robot"
  token           = var.bound
  expiration_date = "` + time.Now().AddDate(1, 0, 0).Format(time.RFC3339) + `"
}
resource "imkit_client_token" "written" {
  client_id        = "robot"
  token_wo         = var.written
  token_wo_version = ` + version + `
}
resource "imkit_client_batch" "all" {
  clients    = { one = { nickname = "One ` + version + `" }, "two-` + version + `" = {} }
  on_destroy = "revoke_tokens"
}
data "imkit_client" "robot" {
  id = "robot"
}
data "imkit_clients" "all" {
  filter = jsonencode({ nickname = { "$exists" = true } })
}
`
}

// TestSecretsShowNowhere runs the provider as its users do, with every log at its
// most talkative, and has the server repeat in every error all that it was sent.
// All that Terraform and the provider print and log is looked through, and every
// file that they write.
func TestSecretsShowNowhere(t *testing.T) {
	t.Parallel()
	if !acctest.Knows(t, acctest.WriteOnly) {
		return
	}
	s := newSecretive(t)
	robot := s.server
	robot.PutClient("robot", map[string]any{"nickname": "Robot"})

	s.Write(secretsConfig("1"))
	s.variables(secretBound, secretWritten)
	s.repeats(http.MethodPost)
	s.fails("apply", "-auto-approve")
	s.repeats("")
	s.must("plan", "-out=saved")
	if plan := s.planFile("saved"); !strings.Contains(plan, secretBound) || strings.Contains(plan, secretWritten) || strings.Contains(plan, secretKey) {
		t.Error("the plan file must have the token that the configuration has, but neither the key nor a write-only token")
	}
	s.must("apply", "saved")
	issued := robot.LiveTokens("robot")
	issued = slices.DeleteFunc(issued, func(token string) bool { return token == secretBound || token == secretWritten })
	if len(issued) != 1 {
		t.Fatalf("%d tokens were issued, want 1", len(issued))
	}
	s.inState(map[string][]string{
		secretBound: {"imkit_client_token.bound attributes.token"},
		issued[0]:   {"imkit_client_token.issued attributes.token"},
	})
	s.must("plan")
	s.must("show")
	s.repeats(http.MethodGet)
	s.fails("plan")

	// Everything changes, and the server refuses it; then it does not, but what has
	// to be revoked cannot be.
	s.Write(secretsConfig("2"))
	s.variables(secretRebound, secretWritten2)
	s.repeats(http.MethodPost)
	s.fails("apply", "-auto-approve")
	s.repeats(http.MethodDelete)
	s.fails("apply", "-auto-approve")
	s.inState(map[string][]string{
		secretRebound: {"imkit_client_token.bound attributes.token"},
		secretBound:   {"imkit_client_token.bound private"}, // to be revoked yet
		issued[0]:     {"imkit_client_token.issued attributes.token"},
	})
	s.repeats("")
	s.must("apply", "-auto-approve")
	s.inState(map[string][]string{
		secretRebound: {"imkit_client_token.bound attributes.token"},
		issued[0]:     {"imkit_client_token.issued attributes.token"},
	})

	s.repeats(http.MethodDelete)
	s.fails("destroy", "-auto-approve")
	s.repeats("")
	s.must("destroy", "-auto-approve")
	s.inState(nil)
	s.nothingShown(secretKey, secretBound, secretRebound, secretWritten, secretWritten2, issued[0], "boundsecret", "writtensecret")
}

func TestSecretsOfEphemeralTokensShowNowhere(t *testing.T) {
	t.Parallel()
	if !acctest.Knows(t, acctest.EphemeralValues) {
		return
	}
	s := newSecretive(t)
	s.server.PutClient("robot", nil)
	s.Write(acctest.EphemeralToken(`"robot"`, "allow_token_invalidation = true") + "resource \"terraform_data\" \"x\" {\n  input = 1\n}\n")
	s.repeats(http.MethodPost)
	if !acctest.IsTofu(s.Binary) { // which does not open what nothing needs
		s.fails("plan")
	}
	s.repeats(http.MethodDelete)
	s.must("plan")
	s.repeats("")
	s.must("plan", "-out=saved")
	s.must("apply", "saved")
	s.must("destroy", "-auto-approve")

	var tokens []string
	for _, r := range s.server.Requests() {
		if token, ok := r.JSON["token"].(string); ok && r.Method == http.MethodDelete {
			tokens = append(tokens, token)
		}
	}
	if len(tokens) == 0 && !acctest.IsTofu(s.Binary) {
		t.Fatal("no token was closed")
	}
	for _, token := range tokens {
		if strings.Contains(s.planFile("saved"), token) {
			t.Error("an ephemeral token is in the plan file")
		}
	}
	s.nothingShown(append(tokens, secretKey)...)
}

// A webhook may have a secret in its URL.
func TestSecretsOfRoomsShowNowhere(t *testing.T) {
	t.Parallel()
	s := newSecretive(t)
	config := func(name string) string {
		return "variable \"hook\" {\n  sensitive = true\n}\n" + acctest.Room("room", "webhook = var.hook", "bot_mode = false", fmt.Sprintf("name = %q", name))
	}
	hook := func(secret string) { s.Env = append(s.Env, "TF_VAR_hook="+secret) }
	s.Write(config("One"))
	hook(secretHook)
	s.repeats(http.MethodPost)
	s.fails("apply", "-auto-approve")
	s.repeats("")
	s.must("plan", "-out=saved")
	s.must("apply", "saved")
	s.inState(map[string][]string{secretHook: {"imkit_room.test attributes.webhook"}})
	s.must("plan")
	s.must("show")
	s.repeats(http.MethodGet)
	s.fails("plan")

	s.repeats("")
	s.Write(config("Two") + "data \"imkit_room\" \"room\" {\n  id = \"room\"\n}\n")
	hook(secretHook2)
	s.repeats(http.MethodPut)
	s.fails("apply", "-auto-approve")
	s.repeats("")
	s.must("apply", "-auto-approve")
	s.inState(map[string][]string{
		secretHook:  {"imkit_room.room attributes.webhook"}, // the data source, read before the change
		secretHook2: {"imkit_room.test attributes.webhook"},
	})
	s.must("show")
	s.repeats(http.MethodPut)
	s.fails("destroy", "-auto-approve")
	s.repeats("")
	s.must("destroy", "-auto-approve")
	s.inState(nil)
	s.nothingShown(secretKey, secretHook, secretHook2, "hooksecret")
}

// What people are told is nobody else's business: not of a log, and not of an error.
func TestSecretsOfActionsShowNowhere(t *testing.T) {
	t.Parallel()
	if !acctest.Knows(t, acctest.Actions) {
		return
	}
	s := newSecretive(t)
	s.server.PutClient("robot", nil)
	s.server.PutRoom("lobby", nil)
	s.Write(`
variable "bound" {
  sensitive = true
}
variable "written" {
  sensitive = true
}
action "imkit_send_message" "message" {
  config {
    room_id   = "lobby"
    sender_id = "robot"
    message   = var.bound
  }
}
action "imkit_broadcast" "broadcast" {
  config {
    message    = "${var.bound} $code$"
    recipients = [{ client_id = "robot", variables = { code = var.written } }]
  }
}
action "imkit_push_notification" "push" {
  config {
    client_ids = ["robot"]
    title      = var.bound
    body       = var.written
    alert      = var.bound
  }
}
action "imkit_revoke_tokens" "revoke" {
  config {
    client_ids = ["robot"]
  }
}
`)
	s.variables(secretBound, secretWritten)
	for _, name := range []string{"imkit_send_message.message", "imkit_broadcast.broadcast", "imkit_push_notification.push"} {
		s.repeats(http.MethodPost)
		s.fails("apply", "-auto-approve", "-invoke=action."+name)
		s.repeats("")
		s.must("apply", "-auto-approve", "-invoke=action."+name)
	}
	s.repeats(http.MethodDelete)
	s.fails("apply", "-auto-approve", "-invoke=action.imkit_revoke_tokens.revoke")
	if n := len(s.server.Messages()) + len(s.server.Broadcasts()) + len(s.server.Pushes()); n != 3 {
		t.Errorf("%d were sent, want 3", n)
	}
	s.nothingShown(secretKey, secretBound, secretWritten, "boundsecret", "writtensecret")
}

// The check for secrets finds them, in every spelling and place.
func TestSecretsAreFound(t *testing.T) {
	t.Parallel()
	const secret = `a"/<secret>+ü` //nolint:gosec // opens nothing
	for _, spelling := range spellings(secret) {
		if !shows("before "+spelling+" after", secret) {
			t.Errorf("%q is not found", spelling)
		}
	}
	state := `{"version":4,"outputs":{"o":{"value":"x` + "secret" + `"}},"resources":[{"mode":"managed","type":"a","name":"b","instances":[
		{"attributes":{"list":["secret"]},"private":"eyJ0b2tlbiI6ImMyVmpjbVYwIn0=","deposed":"secret"}]}]}`
	want := []string{"a.b attributes.list", "a.b deposed", "a.b private", "outputs.o.value"}
	acctest.Equal(t, "places in the state", want, secretPlaces(t, []byte(state), "secret"))
	if shows("nothing", secret) {
		t.Error("a secret is found where there is none")
	}
}
