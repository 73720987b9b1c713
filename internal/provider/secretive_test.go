package provider_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// secretive is a working directory of a Terraform with the built provider. It
// keeps all that is printed and logged.
type secretive struct {
	*acctest.CLI
	server  *sandbox.Server
	method  atomic.Value // string: requests with it fail
	printed strings.Builder
}

func newSecretive(t *testing.T) *secretive {
	t.Helper()
	s := &secretive{CLI: acctest.BinaryCLI(t), server: acctest.NewServer(sandbox.Options{APIKey: secretKey, KeepTokensOnReissue: true, EchoBoundTokens: true})}
	s.method.Store("")
	listener := httptest.NewServer(s)
	t.Cleanup(listener.Close)
	s.Env = append(s.Env, "IMKIT_BASE_URL="+listener.URL, "IMKIT_API_KEY="+secretKey, "IMKIT_CLIENT_KEY="+sandbox.DefaultClientKey,
		"TF_LOG=TRACE", "TF_LOG_SDK_FRAMEWORK=TRACE", "TF_LOG_SDK_PROTO=TRACE")
	return s
}

// repeats makes the server refuse every request with that method, and repeat all
// that it was sent; none with "".
func (s *secretive) repeats(method string) { s.method.Store(method) }

// variables gives the configuration its tokens, past the command line, which
// Terraform logs.
func (s *secretive) variables(bound, written string) {
	s.Env = append(s.Env, "TF_VAR_bound="+bound, "TF_VAR_written="+written)
}

func (s *secretive) must(args ...string) {
	s.T.Helper()
	s.printed.WriteString(s.Must(args...))
}

func (s *secretive) fails(args ...string) {
	s.T.Helper()
	output := s.Fails(args...)
	s.printed.WriteString(output)
	acctest.Says(s.T, output, "(redacted)") // the server did repeat it
}

// ServeHTTP is the sandbox, or what it says while it repeats.
func (s *secretive) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != s.method.Load() {
		s.server.ServeHTTP(w, r)
		return
	}
	var sent []string
	for _, name := range []string{"IM-API-KEY", "IM-Authorization"} {
		if value := r.Header.Get(name); value != "" {
			sent = append(sent, value)
		}
	}
	var body struct {
		Token   string              `json:"token"`
		Webhook string              `json:"webhook"`
		Message string              `json:"message"`
		Paras   []map[string]string `json:"paras"`
		Payload struct {
			Title string `json:"title"`
			Body  string `json:"body"`
			Alert string `json:"alert"`
		} `json:"payload"`
	}
	if json.NewDecoder(r.Body).Decode(&body) == nil {
		texts := []string{body.Token, body.Webhook, body.Message, body.Payload.Title, body.Payload.Body, body.Payload.Alert}
		for _, recipient := range body.Paras {
			texts = append(texts, recipient["$code$"])
		}
		sent = append(sent, slices.DeleteFunc(texts, func(text string) bool { return text == "" })...)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusBadRequest)
	_ = json.NewEncoder(w).Encode(repeatsAll(sent))
}

// repeatsAll is what the server says while it repeats: a refusal, told in every
// field that an error may have.
func repeatsAll(sent []string) map[string]any {
	var all []string
	for _, secret := range sent {
		all = append(all, spellings(secret)...)
	}
	said := strings.Join(all, " ")
	backwards := slices.Clone(all)
	slices.Reverse(backwards)
	return map[string]any{
		"RC": 400, "RM": said, "message": strings.Join(backwards, " "),
		"error": map[string]any{"code": sent[0], "message": said},
	}
}

// nothingShown checks that no secret was printed or logged.
func (s *secretive) nothingShown(secrets ...string) {
	s.T.Helper()
	printed := s.printed.String()
	acctest.Says(s.T, printed[:min(len(printed), 1<<20)], "module=sdk.framework", "module=sdk.proto")
	if !strings.Contains(printed, "Called the IMKIT API") {
		s.T.Error("the provider logged no call")
	}
	for _, secret := range secrets {
		for _, spelling := range spellings(secret) {
			if at := strings.Index(printed, spelling); at >= 0 {
				s.T.Errorf("%q was printed or logged: ...%s", secret, printed[max(0, at-300):at+len(spelling)])
			}
		}
	}
}

// inState checks where each secret stands in the state, and that no other does.
func (s *secretive) inState(want map[string][]string) {
	s.T.Helper()
	state, err := os.ReadFile(filepath.Join(s.Dir, "terraform.tfstate"))
	if err != nil {
		s.T.Fatal(err)
	}
	if want == nil {
		want = map[string][]string{}
	}
	got := map[string][]string{}
	secrets := []string{secretKey, secretBound, secretRebound, secretWritten, secretWritten2, secretHook, secretHook2}
	for secret := range want {
		secrets = append(secrets, secret)
	}
	for _, secret := range secrets {
		if places := secretPlaces(s.T, state, secret); len(places) > 0 {
			got[secret] = places
		}
	}
	acctest.Equal(s.T, "secrets in the state", want, got)
}

// planFile is everything in a saved plan, which is a ZIP file.
func (s *secretive) planFile(name string) string {
	s.T.Helper()
	return acctest.Unzipped(s.T, filepath.Join(s.Dir, name))
}

// spellings are the ways in which a secret may show. They are written apart
// from the provider's.
func spellings(secret string) []string {
	quoted, _ := json.Marshal(secret)
	raw := []byte(secret)
	return []string{
		secret, string(quoted[1 : len(quoted)-1]), strings.Trim(fmt.Sprintf("%q", secret), `"`),
		url.QueryEscape(secret), url.PathEscape(secret), html.EscapeString(secret),
		base64.StdEncoding.EncodeToString(raw), base64.RawURLEncoding.EncodeToString(raw), hex.EncodeToString(raw),
	}
}

func shows(text, secret string) bool {
	return slices.ContainsFunc(spellings(secret), func(spelling string) bool { return strings.Contains(text, spelling) })
}

// secretPlaces are the places in a state where a secret stands, base64 within
// base64 included: "type.name attributes.token".
func secretPlaces(t *testing.T, state []byte, secret string) []string {
	t.Helper()
	var content map[string]any
	if err := json.Unmarshal(state, &content); err != nil {
		t.Fatal(err)
	}
	places := map[string]bool{}
	resources, _ := content["resources"].([]any)
	delete(content, "resources")
	findSecret(content, "", secret, places)
	for _, r := range resources {
		resource, _ := r.(map[string]any)
		instances, _ := resource["instances"].([]any)
		for _, instance := range instances {
			findSecret(instance, fmt.Sprintf("%v.%v ", resource["type"], resource["name"]), secret, places)
		}
	}
	var list []string
	for place := range places {
		list = append(list, place)
	}
	slices.Sort(list)
	return list
}

func findSecret(v any, at, secret string, places map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			next := at + name
			if at != "" && !strings.HasSuffix(at, " ") {
				next = at + "." + name
			}
			findSecret(value, next, secret, places)
		}
	case []any:
		for _, item := range v {
			findSecret(item, at, secret, places)
		}
	case string:
		if holds(v, secret) {
			places[at] = true
		}
	}
}

// holds looks into base64 as well, and into JSON within it.
func holds(text, secret string) bool {
	if shows(text, secret) {
		return true
	}
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(`{}[]":, `, r) }) {
		decoded, err := base64.StdEncoding.DecodeString(part)
		if err == nil && len(decoded) > 0 && part != "" && holds(string(decoded), secret) {
			return true
		}
	}
	return false
}
