package provider

import (
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

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

// buildProvider builds the provider, once for all tests, and returns the folder
// that it is in.
var buildProvider = sync.OnceValues(func() (string, error) {
	build := exec.Command("go", "build", "-o", filepath.Join(scratchDir, "terraform-provider-imkit"), "../..") //nolint:gosec // the path is the tests' own; it lasts as long as they
	if output, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the provider: %w\n%s", err, output)
	}
	return scratchDir, nil
})

// binaryCLI is a working directory whose Terraform starts the built provider, as
// its users do: a program of its own, with an environment of its own.
func binaryCLI(t *testing.T) *cli {
	t.Helper()
	binary, err := buildProvider()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var overrides strings.Builder
	for _, host := range []string{"registry.terraform.io", "registry.opentofu.org"} {
		fmt.Fprintf(&overrides, "    %q = %q\n", host+"/hashicorp/imkit", binary)
	}
	rc := filepath.Join(dir, "terraformrc")
	if err := os.WriteFile(rc, []byte("provider_installation {\n  dev_overrides {\n"+overrides.String()+"  }\n  direct {}\n}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := &cli{t: t, dir: dir, binary: os.Getenv("TF_ACC_TERRAFORM_PATH")}
	c.env = append(os.Environ(), "TF_CLI_CONFIG_FILE="+rc, "TF_INPUT=0", "TF_IN_AUTOMATION=1")
	return c
}
