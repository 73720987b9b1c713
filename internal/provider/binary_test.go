package provider

import (
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// TestNoSecretIsLogged runs the provider as its users do, as a program of its
// own, and looks through all that Terraform and the provider log and print.
func TestNoSecretIsLogged(t *testing.T) {
	t.Parallel()
	server := sandbox.New(sandbox.Options{APIKey: "a2V5LXRoYXQtaXMtc2VjcmV0"}) //nolint:gosec // opens nothing but this sandbox
	listener := httptest.NewServer(server)
	t.Cleanup(listener.Close)
	c := binaryCLI(t)
	c.env = append(c.env, "IMKIT_BASE_URL="+listener.URL, "IMKIT_API_KEY=a2V5LXRoYXQtaXMtc2VjcmV0", "IMKIT_CLIENT_KEY="+sandbox.DefaultClientKey,
		"TF_LOG=TRACE", "TF_VAR_bound=bound-secret-1d0e", "TF_VAR_write_only=write-only-secret-77ab")
	body := `
variable "bound" {
  sensitive = true
}
variable "write_only" {
  ephemeral = true
}
resource "imkit_client" "test" {
  id       = "robot"
  nickname = "Robot"
}
resource "imkit_client_token" "issued" {
  client_id = imkit_client.test.id
}
resource "imkit_client_token" "bound" {
  client_id       = imkit_client.test.id
  token           = var.bound
  expiration_date = "` + time.Now().AddDate(1, 0, 0).Format(time.RFC3339) + `"
}
resource "imkit_client_token" "write_only" {
  client_id        = imkit_client.test.id
  token_wo         = var.write_only
  token_wo_version = 1
}
`
	server.Configure(func(o *sandbox.Options) { o.KeepTokensOnReissue = true })
	c.write(body)
	printed := c.must("plan", "-out=saved") + c.must("apply", "saved") + c.must("plan")
	issued := server.LiveTokens("robot")
	c.write(strings.Replace(body, "token_wo_version = 1", "token_wo_version = 2", 1))
	server.Inject(sandbox.Fault{Method: "POST", Status: 400, Body: `{"error":"INVALID_REQUEST","message":"key a2V5LXRoYXQtaXMtc2VjcmV0, token write-only-secret-77ab"}`})
	printed += c.fails("apply", "-auto-approve")
	server.ClearFaults()
	printed += c.must("apply", "-auto-approve") + c.must("destroy", "-auto-approve")

	says(t, printed, "Called the IMKIT API", "/admin/clients/{id}/token")
	secrets := append([]string{"a2V5LXRoYXQtaXMtc2VjcmV0", "bound-secret-1d0e", "write-only-secret-77ab"}, issued...)
	if len(secrets) != 6 {
		t.Fatalf("there are %d secrets to look for, want 6", len(secrets))
	}
	for _, secret := range secrets {
		if at := strings.Index(printed, secret); at >= 0 {
			t.Errorf("a secret was logged or printed: ...%s", printed[max(0, at-300):at+len(secret)])
		}
	}
}

// The framework's log takes the square of a value's size, so it has to be asked for.
func TestFrameworkLogsWhenAsked(t *testing.T) {
	t.Parallel()
	listener := httptest.NewServer(sandbox.New(sandbox.Options{}))
	t.Cleanup(listener.Close)
	c := binaryCLI(t)
	c.env = append(c.env, "IMKIT_BASE_URL="+listener.URL, "IMKIT_API_KEY="+sandbox.DefaultAPIKey, "TF_LOG=TRACE")
	c.write("resource \"imkit_client\" \"test\" {\n  id = \"robot\"\n}")
	const line = "module=sdk.framework"
	if printed := c.must("plan"); strings.Contains(printed, line) {
		t.Error("the framework logs unasked")
	}
	c.env = append(c.env, "TF_LOG_SDK_FRAMEWORK=TRACE")
	says(t, c.must("plan"), line)
}

// binaryCLI is a working directory whose Terraform starts the built provider.
func binaryCLI(t *testing.T) *cli {
	t.Helper()
	dir := t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(dir, "terraform-provider-imkit"), "../..") //nolint:gosec // the path is the test's own
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the provider: %v\n%s", err, output)
	}
	var overrides strings.Builder
	for _, host := range []string{"registry.terraform.io", "registry.opentofu.org"} {
		fmt.Fprintf(&overrides, "    %q = %q\n", host+"/hashicorp/imkit", dir)
	}
	rc := filepath.Join(dir, "terraformrc")
	if err := os.WriteFile(rc, []byte("provider_installation {\n  dev_overrides {\n"+overrides.String()+"  }\n  direct {}\n}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := &cli{t: t, dir: dir, binary: os.Getenv("TF_ACC_TERRAFORM_PATH")}
	c.env = append(os.Environ(), "TF_CLI_CONFIG_FILE="+rc, "TF_INPUT=0", "TF_IN_AUTOMATION=1")
	return c
}
