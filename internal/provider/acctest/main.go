package acctest

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
)

// scratchDir is for what all tests share; it is removed in the end.
var scratchDir string

// Main finds the Terraform that the acceptance tests run and gives it an
// environment of its own, so that nothing of the machine leaks into a test. It is
// for TestMain, and returns the exit code.
func Main(m *testing.M) int {
	if transport, ok := http.DefaultTransport.(*http.Transport); ok {
		reachMemoryServers(transport)
	}
	binary, err := findTerraform()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	scratch, err := os.MkdirTemp("", "imkit-provider-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	scratchDir = scratch
	cliConfig := filepath.Join(scratch, "terraformrc")
	if err := os.WriteFile(cliConfig, nil, 0o600); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}

	// A Terraform lives for less than a second, and there is memory enough: neither it nor
	// the tests need to collect garbage as often as a program that stays.
	debug.SetGCPercent(400)
	environment := map[string]string{
		"TF_ACC_TERRAFORM_PATH": binary,
		"TF_CLI_CONFIG_FILE":    cliConfig,
		"CHECKPOINT_DISABLE":    "1",
		"GOGC":                  "400",
	}
	if IsTofu(binary) {
		environment["TF_ACC_PROVIDER_NAMESPACE"] = "hashicorp"
		environment["TF_ACC_PROVIDER_HOST"] = "registry.opentofu.org"
	}
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(name, "IMKIT_") || name == "IM_API_KEY" || strings.HasPrefix(name, "TF_CLI_ARGS") || strings.HasPrefix(name, "TF_VAR_") {
			err = errors.Join(err, os.Unsetenv(name))
		}
	}
	for name, value := range environment {
		err = errors.Join(err, os.Setenv(name, value))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer sayLeftOut()
	return m.Run()
}

// findTerraform is the binary to test with. Without this look the test library
// would try to download one, and end the whole process where it cannot.
func findTerraform() (string, error) {
	if binary := os.Getenv("TF_ACC_TERRAFORM_PATH"); binary != "" {
		return binary, nil
	}
	for _, name := range []string{"terraform", "tofu"} {
		if binary, err := exec.LookPath(name); err == nil {
			return binary, nil
		}
	}
	return "", fmt.Errorf("these tests run a real Terraform, and neither terraform nor tofu is on the PATH: " +
		"install one, name it in TF_ACC_TERRAFORM_PATH, or run `make test`, which installs Terraform into the checkout")
}

// IsTofu tells OpenTofu from Terraform by the name of the binary.
func IsTofu(binary string) bool {
	return strings.Contains(filepath.Base(binary), "tofu")
}
