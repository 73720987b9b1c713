package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

const (
	module = "github.com/imkit/terraform-provider-imkit"

	// timeVersion is the version of hashicorp/time that serves as the yardstick.
	timeVersion = "0.14.2"

	// host is what the configurations call the registry of both providers. There
	// is none: they come from the mirror.
	host = "bench.test"

	ownVersion = "0.0.1"
)

// layOut builds both providers into a mirror in dir, and returns the file with
// the settings that make Terraform use it.
func layOut(ctx context.Context, dir string) (string, error) {
	output, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", module).Output()
	if err != nil {
		return "", fmt.Errorf("the benchmark has to run in a checkout of the provider: %w", err)
	}
	root := strings.TrimSpace(string(output))
	mirror := filepath.Join(dir, "mirror")

	own := filepath.Join(mirror, host, "imkit", "imkit", ownVersion, platform(), executable("terraform-provider-imkit_v"+ownVersion))
	if err := goCommand(ctx, root, nil, "build", "-o", own, "."); err != nil {
		return "", err
	}

	// It stays in .tools, since it takes a while to compile.
	tool := filepath.Join(root, ".tools", "terraform-provider-time-"+timeVersion)
	if _, err := os.Stat(filepath.Join(tool, executable("terraform-provider-time"))); err != nil {
		err := goCommand(ctx, root, []string{"GOBIN=" + tool, "GOFLAGS="}, "install", "github.com/hashicorp/terraform-provider-time@v"+timeVersion)
		if err != nil {
			return "", err
		}
	}
	if err := os.CopyFS(filepath.Join(mirror, host, "hashicorp", "time", timeVersion, platform()), os.DirFS(tool)); err != nil {
		return "", err
	}

	cliConfig := filepath.Join(dir, "terraform.rc")
	settings := fmt.Sprintf("disable_checkpoint = true\n\nprovider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", filepath.ToSlash(mirror))
	return cliConfig, os.WriteFile(cliConfig, []byte(settings), 0o600)
}

func goCommand(ctx context.Context, root string, env []string, args ...string) error {
	cmd := exec.CommandContext(ctx, "go", args...) //nolint:gosec // Arguments of this program's own.
	cmd.Dir = root
	cmd.Env = append(os.Environ(), env...)
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, output)
	}
	return nil
}

func platform() string { return runtime.GOOS + "_" + runtime.GOARCH }

func executable(name string) string {
	if runtime.GOOS == "windows" {
		return name + ".exe"
	}
	return name
}

// terraform runs a real Terraform, or OpenTofu.
type terraform struct {
	path string
	env  []string
}

// findTerraform is the binary that make found, else one from the PATH.
func findTerraform() (string, error) {
	names := []string{"terraform", "tofu"}
	if chosen := os.Getenv("TERRAFORM"); chosen != "" {
		names = []string{chosen}
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return filepath.Abs(path)
		}
	}
	return "", fmt.Errorf("no program %s; \"make bench\" installs a terraform", strings.Join(names, " or "))
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

// run runs one command in dir, and returns how long it took and the peak memory
// in bytes of the biggest provider that it started, 0 where that is not known.
func (t terraform) run(ctx context.Context, dir string, env []string, args ...string) (time.Duration, int64, error) {
	cmd := exec.CommandContext(ctx, t.path, args...) //nolint:gosec // Found by make, or chosen by the user.
	cmd.Dir = dir
	cmd.Env = slices.Concat(env, t.env)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 15 * time.Second
	var output strings.Builder
	cmd.Stdout, cmd.Stderr = &output, &output

	began := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, 0, err
	}
	done := make(chan struct{})
	peak := make(chan int64)
	go func() { peak <- watchMemory(cmd.Process.Pid, done) }()
	err := cmd.Wait()
	took := time.Since(began)
	close(done)
	memory := <-peak

	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 2 {
		err = errors.New("changes are due where there should be none")
	}
	if err != nil {
		return 0, 0, fmt.Errorf("terraform %s: %w\n%s", args[0], err, tail(output.String(), 3000))
	}
	return took, memory, nil
}

func tail(text string, length int) string {
	return text[max(0, len(text)-length):]
}
