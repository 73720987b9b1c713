//go:build ignore

package provider

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
)

// cli is a working directory of a real Terraform that talks to a provider inside
// this process. It is for what the test library does not show: saved plans, the
// words that people read, and flags of the command line.
type cli struct {
	t      *testing.T
	dir    string
	binary string
	env    []string
}

// cli makes an initialised working directory with this configuration.
func (w *world) cli(t *testing.T, body string) *cli {
	t.Helper()
	return servedCLI(t, w.serve(t), w.config(body))
}

// servedCLI makes an initialised working directory with this configuration, and
// with providers that run in this process, given as Terraform finds them.
func servedCLI(t *testing.T, reattach, config string) *cli {
	t.Helper()
	c := bareCLI(t, reattach)
	c.write(config)
	c.must("init")
	return c
}

// bareCLI is a working directory without any configuration.
func bareCLI(t *testing.T, reattach string) *cli {
	t.Helper()
	return &cli{
		t: t, dir: t.TempDir(), binary: os.Getenv("TF_ACC_TERRAFORM_PATH"),
		env: append(os.Environ(), "TF_REATTACH_PROVIDERS="+reattach, "TF_IN_AUTOMATION=1", "TF_INPUT=0"),
	}
}

// reattach is how Terraform finds the provider of each world: by the names of
// sources, such as "imkit/imkit".
func reattach(t *testing.T, sources map[string]*world) string {
	t.Helper()
	all := map[string]any{}
	for source, w := range sources {
		started := w.start(t)
		for _, registry := range []string{"registry.terraform.io/", "registry.opentofu.org/"} {
			all[registry+source] = started
		}
	}
	encoded, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(encoded)
}

// serve starts the provider and returns how Terraform finds it.
func (w *world) serve(t *testing.T) string {
	t.Helper()
	return reattach(t, map[string]*world{"imkit/imkit": w, "hashicorp/imkit": w})
}

// start starts the provider and returns where it listens.
func (w *world) start(t *testing.T) any {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	configs, closed := make(chan *plugin.ReattachConfig), make(chan struct{})
	factory := func() tfprotov6.ProviderServer {
		return providerserver.NewProtocol6(newWithOptions("test", w.options())())()
	}
	failed := make(chan error, 1)
	go func() {
		failed <- tf6server.Serve("imkit/imkit", factory, tf6server.WithDebug(ctx, configs, closed),
			tf6server.WithGoPluginLogger(hclog.NewNullLogger()), tf6server.WithLoggingSink(t), tf6server.WithoutLogStderrOverride())
	}()
	t.Cleanup(func() { cancel(); <-closed })

	var config *plugin.ReattachConfig
	select {
	case config = <-configs:
	case err := <-failed:
		t.Fatalf("serving the provider: %v", err)
	}
	return map[string]any{
		"Protocol": string(config.Protocol), "ProtocolVersion": config.ProtocolVersion, "Pid": config.Pid, "Test": config.Test,
		"Addr": map[string]string{"Network": config.Addr.Network(), "String": config.Addr.String()},
	}
}

// write puts a whole configuration in place of the one before.
func (c *cli) write(config string) {
	c.t.Helper()
	if err := os.WriteFile(filepath.Join(c.dir, "main.tf"), []byte(config), 0o600); err != nil {
		c.t.Fatal(err)
	}
}

// command is one that has not been started yet, and what it will have printed.
func (c *cli) command(args ...string) (command *exec.Cmd, printed *bytes.Buffer) {
	switch args[0] {
	case "plan", "apply", "destroy", "import", "init", "refresh":
		args = append([]string{args[0], "-no-color"}, args[1:]...)
	}
	command = exec.CommandContext(c.t.Context(), c.binary, args...) //nolint:gosec // the Terraform that TestMain found
	command.Dir, command.Env = c.dir, c.env
	printed = &bytes.Buffer{}
	command.Stdout, command.Stderr = printed, printed
	return command, printed
}

// run is one command; it returns all that was printed and the exit code.
func (c *cli) run(args ...string) (output string, exitCode int) {
	c.t.Helper()
	command, printed := c.command(args...)
	err := command.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		c.t.Fatalf("%s: %v", strings.Join(args, " "), err)
	}
	return printed.String(), command.ProcessState.ExitCode()
}

// must is a command that has to succeed.
func (c *cli) must(args ...string) string {
	c.t.Helper()
	output, exitCode := c.run(args...)
	if exitCode != 0 {
		c.t.Fatalf("%s failed with exit code %d:\n%s", strings.Join(args, " "), exitCode, output)
	}
	return output
}

// fails is a command that must not succeed.
func (c *cli) fails(args ...string) string {
	c.t.Helper()
	output, exitCode := c.run(args...)
	if exitCode == 0 {
		c.t.Fatalf("%s succeeded, but must not:\n%s", strings.Join(args, " "), output)
	}
	return output
}

func (c *cli) apply(args ...string) string {
	c.t.Helper()
	return c.must(append([]string{"apply", "-auto-approve"}, args...)...)
}

// empty checks that a plan finds nothing to do.
func (c *cli) empty(args ...string) string {
	c.t.Helper()
	output, exitCode := c.run(append([]string{"plan", "-detailed-exitcode"}, args...)...)
	if exitCode != 0 {
		c.t.Fatalf("plan is not empty (exit code %d):\n%s", exitCode, output)
	}
	return output
}

// says checks that the words are in an output, however its lines are wrapped.
func says(t *testing.T, output string, words ...string) {
	t.Helper()
	flat := flatten(output)
	for _, w := range words {
		if !strings.Contains(flat, flatten(w)) {
			t.Errorf("output does not say %q:\n%s", w, output)
		}
	}
}

// saidOnce checks that a warning is there once. Terraform folds those with the
// same summary into one, and counts the others.
func saidOnce(t *testing.T, output, summary string) {
	t.Helper()
	if n := strings.Count(output, summary); n != 1 || strings.Contains(output, "similar warning") {
		t.Errorf("the warning %q stands there %d times, want once:\n%s", summary, n, output)
	}
}

func flatten(s string) string {
	s = strings.NewReplacer("│", " ", "╷", " ", "╵", " ").Replace(s)
	return strings.Join(strings.Fields(s), " ")
}
