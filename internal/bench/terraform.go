package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const (
	module     = "github.com/imkit/terraform-provider-imkit"
	timeModule = "github.com/hashicorp/terraform-provider-time@v0.14.2"
)

// terraform runs a real Terraform, or OpenTofu.
type terraform struct {
	path string
	env  []string
}

// newTerraform builds both providers, and has Terraform use them.
func newTerraform(ctx context.Context, dir string) (*terraform, error) {
	path, err := exec.LookPath(cmp.Or(os.Getenv("TERRAFORM"), "terraform"))
	if err != nil {
		return nil, err
	}
	if path, err = filepath.Abs(path); err != nil {
		return nil, err
	}
	own := filepath.Join(dir, "imkit")
	if err := goInstall(ctx, module, "GOBIN="+own); err != nil {
		return nil, err
	}
	// It stays in .tools for the next time, because it takes a while to compile.
	_, version, _ := strings.Cut(timeModule, "@")
	other, err := filepath.Abs(filepath.Join(".tools", "terraform-provider-time-"+version))
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(other); err != nil {
		if err := goInstall(ctx, timeModule, "GOBIN="+other, "GOFLAGS="); err != nil {
			return nil, err
		}
	}

	settings := fmt.Sprintf(`disable_checkpoint = true

provider_installation {
  dev_overrides {
    "imkit/imkit"    = %q
    "hashicorp/time" = %q
  }
}
`, filepath.ToSlash(own), filepath.ToSlash(other))
	file := filepath.Join(dir, "terraform.rc")
	return &terraform{path, environment(file)}, os.WriteFile(file, []byte(settings), 0o600)
}

func goInstall(ctx context.Context, pkg string, env ...string) error {
	cmd := exec.CommandContext(ctx, "go", "install", pkg) //nolint:gosec // One of the two above.
	cmd.Env = slices.Concat(os.Environ(), env)
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go install %s: %w\n%s", pkg, err, output)
	}
	return nil
}

// environment is the caller's, without what would change the measurement.
func environment(cliConfig string) []string {
	env := []string{"TF_CLI_CONFIG_FILE=" + cliConfig, "TF_IN_AUTOMATION=1", "TF_INPUT=0", "TF_CLI_ARGS=-no-color"}
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if !strings.HasPrefix(name, "TF_") && !strings.HasPrefix(name, "IM_") && !strings.HasPrefix(name, "IMKIT_") {
			env = append(env, variable)
		}
	}
	return env
}

// run runs one command in dir.
func (t *terraform) run(ctx context.Context, dir string, env []string, args ...string) error {
	cmd := exec.CommandContext(ctx, t.path, args...) //nolint:gosec // Found by make, or chosen by the user.
	cmd.Dir = dir
	cmd.Env = slices.Concat(env, t.env)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 15 * time.Second
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("terraform %s: %w\n%s", args[0], err, output[max(0, len(output)-3000):])
	}
	return nil
}
