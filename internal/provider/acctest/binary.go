package acctest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// buildProvider builds the provider, once for all tests, and returns the folder
// that it is in.
var buildProvider = sync.OnceValues(func() (string, error) {
	build := exec.Command("go", "build", "-o", filepath.Join(scratchDir, "terraform-provider-imkit"), "../..") //nolint:gosec // the path is the tests' own; it lasts as long as they
	if output, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the provider: %w\n%s", err, output)
	}
	return scratchDir, nil
})

// BinaryCLI is a working directory whose Terraform starts the built provider, as
// its users do: a program of its own, with an environment of its own.
func BinaryCLI(t *testing.T) *CLI {
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
	c := &CLI{T: t, Dir: dir, Binary: os.Getenv("TF_ACC_TERRAFORM_PATH")}
	c.Env = append(os.Environ(), "TF_CLI_CONFIG_FILE="+rc, "TF_INPUT=0", "TF_IN_AUTOMATION=1")
	return c
}
