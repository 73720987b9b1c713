package token

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

const (
	quietKey   = "quiet-key-5c1f"
	quietToken = "quiet-token-e09a" //nolint:gosec // opens nothing
)

// holders is everything in this package that holds a secret.
func holders(t *testing.T) map[string]any {
	t.Helper()
	secret := types.StringValue(quietToken)
	s := session.New(time.Now)
	s.API = quietAPI(t, "https://chat.example.com", quietKey)
	s.RememberGrant("robot", quietToken)
	var held session.Resource
	held.Session = s
	var heldToo session.Ephemeral
	heldToo.Session = s
	model := tokenModel{Token: secret, TokenWO: secret}
	private := tokenPrivate{Unrevoked: []string{quietToken}}
	change := tokenChange{config: model, plan: model, prior: model, private: private}
	return map[string]any{
		"session":  s,
		"resource": &tokenResource{Resource: held}, "ephemeral resource": ephemeralToken{Ephemeral: heldToo},
		"token": model, "token pointer": &model, "tokens": []tokenModel{model}, "private": private, "change": change, "verdict": tokenVerdict{plan: model},
		"ephemeral token": ephemeralModel{Token: secret}, "open token": openToken{Token: quietToken},
	}
}

func quietAPI(t *testing.T, address, key string) *imkit.API {
	t.Helper()
	baseURL, err := imkit.ParseBaseURL(address, false)
	if err != nil {
		t.Fatal(err)
	}
	api, err := imkit.New(imkit.Config{BaseURL: baseURL, APIKey: imkit.NewSecret(key), ClientKey: imkit.NewSecret(key)})
	if err != nil {
		t.Fatal(err)
	}
	return api
}

// Nothing that holds a secret shows it, however it is printed or logged.
func TestValuesShowNoSecrets(t *testing.T) {
	t.Parallel()
	for name, v := range holders(t) {
		var shown strings.Builder
		fmt.Fprintf(&shown, "%v|%+v|%#v|%s|%q|%x|%d|%v", v, v, v, v, v, v, v, []any{v})
		slog.New(slog.NewTextHandler(&shown, nil)).Info("x", "v", v)
		slog.New(slog.NewJSONHandler(&shown, nil)).Info("x", "v", v)
		for _, secret := range []string{quietKey, quietToken} {
			if strings.Contains(shown.String(), secret) || strings.Contains(shown.String(), fmt.Sprintf("%x", secret)) {
				t.Errorf("%s: %s", name, &shown)
			}
		}
	}
	private, err := json.Marshal(tokenPrivate{Unrevoked: []string{quietToken}})
	if err != nil || !strings.Contains(string(private), quietToken) {
		t.Errorf("private state has to hold what is not revoked yet: %s, %v", private, err)
	}
}

// A crash with a careless message in the middle of a call: what the provider
// leaves behind then is in a log of Terraform's. The test runs itself to crash.
func TestCrashShowsNoSecret(t *testing.T) {
	const variable = "CRASH_WITH_A_SECRET"
	if os.Getenv(variable) != "" {
		crash(t)
	}
	t.Parallel()
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestCrashShowsNoSecret$") //nolint:gosec // this very program
	child.Env = append(os.Environ(), variable+"=1", "GOTRACEBACK=all")
	output, err := child.CombinedOutput()
	if _, exited := errors.AsType[*exec.ExitError](err); !exited {
		t.Fatalf("the crash ended with %v", err)
	}
	for _, words := range []string{"panic: ", "(redacted)", "(*tokenResource).bind(", "goroutine "} {
		if !strings.Contains(string(output), words) {
			t.Errorf("the crash does not say %q:\n%s", words, output)
		}
	}
	for _, secret := range []string{quietKey, quietToken, sandbox.DefaultAPIKey} {
		if strings.Contains(string(output), secret) {
			t.Errorf("the crash shows %q:\n%s", secret, output)
		}
	}
}

// crash panics once a token is bound, with everything that knows it at hand.
func crash(t *testing.T) {
	server := sandbox.New(sandbox.Options{})
	listener := httptest.NewServer(server)
	server.PutClient("robot", nil)
	api := quietAPI(t, listener.URL, sandbox.DefaultAPIKey)
	model := tokenModel{ClientID: types.StringValue("robot"), Token: types.StringValue(quietToken)}
	r := &tokenResource{}
	r.Session = session.New(func() time.Time {
		if len(server.LiveTokens("robot")) > 0 {
			panic(fmt.Sprintf("%v %+v %#v %v %v", model, model, &model, api, r.Session))
		}
		return time.Now()
	})
	r.Session.API = api
	_, diags := r.grant(t.Context(), model, &model)
	t.Fatalf("there was no crash: %v", diags)
}
