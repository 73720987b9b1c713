package acctest

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
)

// CLI is a working directory of a real Terraform that talks to a provider inside
// this process. It is for what the test library does not show: saved plans, the
// words that people read, and flags of the command line.
type CLI struct {
	T      *testing.T
	Dir    string
	Binary string
	Env    []string
}

// CLI makes a working directory with this configuration. It needs no `terraform
// init`, since the provider runs in this process.
func (w *World) CLI(t *testing.T, body string) *CLI {
	t.Helper()
	return ServedCLI(t, w.Serve(t), w.Config(body))
}

// ServedCLI makes a working directory with this configuration, and with providers
// that run in this process, given as Terraform finds them.
func ServedCLI(t *testing.T, reattach, config string) *CLI {
	t.Helper()
	c := BareCLI(t, reattach)
	c.Write(config)
	return c
}

// BareCLI is a working directory without any configuration.
func BareCLI(t *testing.T, reattach string) *CLI {
	t.Helper()
	return &CLI{
		T: t, Dir: t.TempDir(), Binary: os.Getenv("TF_ACC_TERRAFORM_PATH"),
		Env: append(os.Environ(), "TF_REATTACH_PROVIDERS="+reattach, "TF_IN_AUTOMATION=1", "TF_INPUT=0"),
	}
}

// Reattach is how Terraform finds the provider of each world: by the names of
// sources, such as "imkit/imkit".
func Reattach(t *testing.T, sources map[string]*World) string {
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

// Serve starts the provider and returns how Terraform finds it.
func (w *World) Serve(t *testing.T) string {
	t.Helper()
	return Reattach(t, map[string]*World{"imkit/imkit": w, "hashicorp/imkit": w})
}

// start starts the provider and returns where it listens.
func (w *World) start(t *testing.T) any {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	configs, closed := make(chan *plugin.ReattachConfig), make(chan struct{})
	failed := make(chan error, 1)
	go func() {
		failed <- tf6server.Serve("imkit/imkit", w.newServer, tf6server.WithDebug(ctx, configs, closed),
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

// Write puts a whole configuration in place of the one before.
func (c *CLI) Write(config string) {
	c.T.Helper()
	c.WriteFile("main.tf", config)
}

// WriteFile puts a file beside it, or into a folder there.
func (c *CLI) WriteFile(name, content string) {
	c.T.Helper()
	file := filepath.Join(c.Dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		c.T.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		c.T.Fatal(err)
	}
}

// ReadFile is what a file of the working directory has.
func (c *CLI) ReadFile(name string) string {
	c.T.Helper()
	content, err := os.ReadFile(filepath.Join(c.Dir, name)) //nolint:gosec // a file that a test asks for
	if err != nil {
		c.T.Fatal(err)
	}
	return string(content)
}

// Command is one that has not been started yet, and what it will have printed.
func (c *CLI) Command(args ...string) (command *exec.Cmd, printed *bytes.Buffer) {
	switch args[0] {
	case "plan", "apply", "destroy", "import", "init", "query", "refresh":
		args = append([]string{args[0], "-no-color"}, args[1:]...)
	}
	command = exec.CommandContext(c.T.Context(), c.Binary, args...) //nolint:gosec // the Terraform that TestMain found
	command.Dir, command.Env = c.Dir, c.Env
	printed = &bytes.Buffer{}
	command.Stdout, command.Stderr = printed, printed
	return command, printed
}

// Shell is the same working directory for scripts, in which terraform is this Terraform.
func (c *CLI) Shell() *Shell {
	shell := *c
	shell.Binary, shell.Env = "sh", append(slices.Clone(c.Env), "TERRAFORM="+c.Binary)
	return &Shell{&shell}
}

// Shell runs scripts; a command of one that fails ends it.
type Shell struct{ cli *CLI }

// Must is a script that has to succeed.
func (s *Shell) Must(script string) string {
	s.cli.T.Helper()
	return s.cli.Must("-e", "-c", terraformFunction+script)
}

// Fails is one that must not succeed.
func (s *Shell) Fails(script string) string {
	s.cli.T.Helper()
	return s.cli.Fails("-e", "-c", terraformFunction+script)
}

const terraformFunction = "terraform() { command \"$TERRAFORM\" \"$@\"; }\n"

// Run is one command; it returns all that was printed and the exit code.
func (c *CLI) Run(args ...string) (output string, exitCode int) {
	c.T.Helper()
	command, printed := c.Command(args...)
	err := command.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		c.T.Fatalf("%s: %v", strings.Join(args, " "), err)
	}
	return printed.String(), command.ProcessState.ExitCode()
}

// Must is a command that has to succeed.
func (c *CLI) Must(args ...string) string {
	c.T.Helper()
	output, exitCode := c.Run(args...)
	if exitCode != 0 {
		c.T.Fatalf("%s failed with exit code %d:\n%s", strings.Join(args, " "), exitCode, output)
	}
	return output
}

// Fails is a command that must not succeed.
func (c *CLI) Fails(args ...string) string {
	c.T.Helper()
	output, exitCode := c.Run(args...)
	if exitCode == 0 {
		c.T.Fatalf("%s succeeded, but must not:\n%s", strings.Join(args, " "), output)
	}
	return output
}

// Apply applies without asking.
func (c *CLI) Apply(args ...string) string {
	c.T.Helper()
	return c.Must(append([]string{"apply", "-auto-approve"}, args...)...)
}

// Empty checks that a plan finds nothing to do.
func (c *CLI) Empty(args ...string) string {
	c.T.Helper()
	output, exitCode := c.Run(append([]string{"plan", "-detailed-exitcode"}, args...)...)
	if exitCode != 0 {
		c.T.Fatalf("plan is not empty (exit code %d):\n%s", exitCode, output)
	}
	return output
}

// Says checks that the words are in an output, however its lines are wrapped.
func Says(t *testing.T, output string, words ...string) {
	t.Helper()
	flat := flatten(output)
	for _, w := range words {
		if !strings.Contains(flat, flatten(w)) {
			t.Errorf("output does not say %q:\n%s", w, output)
		}
	}
}

// SaysNot checks that none of the words are in an output, however its lines are wrapped.
func SaysNot(t *testing.T, output string, words ...string) {
	t.Helper()
	flat := flatten(output)
	for _, w := range words {
		if strings.Contains(flat, flatten(w)) {
			t.Errorf("output says %q:\n%s", w, output)
		}
	}
}

// SaidOnce checks that a warning is there once. Terraform folds those with the
// same summary into one, and counts the others.
func SaidOnce(t *testing.T, output, summary string) {
	t.Helper()
	if n := strings.Count(output, summary); n != 1 || strings.Contains(output, "similar warning") {
		t.Errorf("the warning %q stands there %d times, want once:\n%s", summary, n, output)
	}
}

func flatten(s string) string {
	s = strings.NewReplacer("│", " ", "╷", " ", "╵", " ").Replace(s)
	return strings.Join(strings.Fields(s), " ")
}

// Unzipped is all that the files of an archive hold, such as a saved plan.
func Unzipped(t *testing.T, name string) string {
	t.Helper()
	archive, err := zip.OpenReader(name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = archive.Close() }()
	var all bytes.Buffer
	for _, file := range archive.File {
		content, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(&all, content); err != nil { //nolint:gosec // a plan that this test made
			t.Fatal(err)
		}
		_ = content.Close()
	}
	return all.String()
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
