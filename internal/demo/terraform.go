package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"
)

// planFile is where a plan is kept between being shown and being applied.
const planFile = "demo.tfplan"

// terraform runs a real Terraform, or OpenTofu.
type terraform struct {
	path string
	dir  string
	env  []string
	out  io.Writer
}

// findTerraform is the binary that make found, else one from the PATH.
func findTerraform() (string, error) {
	if chosen := os.Getenv("TERRAFORM"); chosen != "" {
		path, err := exec.LookPath(chosen)
		if err != nil {
			return "", fmt.Errorf("TERRAFORM=%s is not a program that can be run: %w", chosen, err)
		}
		return filepath.Abs(path)
	}
	for _, name := range []string{"terraform", "tofu"} {
		if path, err := exec.LookPath(name); err == nil {
			return filepath.Abs(path)
		}
	}
	return "", errors.New("neither terraform nor tofu is on the PATH; \"make demo\" installs one")
}

// environment is the caller's, without what would change the story, and with
// what points Terraform at the demo's provider and server.
func environment(cliConfig string, server *sandbox, colour bool) []string {
	var env []string
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		foreign := strings.HasPrefix(name, "TF_") && !strings.HasPrefix(name, "TF_LOG")
		if !foreign && !strings.HasPrefix(name, "IM_") && !strings.HasPrefix(name, "IMKIT_") {
			env = append(env, variable)
		}
	}
	env = append(env, "TF_CLI_CONFIG_FILE="+cliConfig, "TF_IN_AUTOMATION=1", "TF_INPUT=0")
	if !colour {
		env = append(env, "TF_CLI_ARGS=-no-color")
	}
	for name, value := range server.settings {
		env = append(env, name+"="+value)
	}
	return append(env, "TF_VAR_webhook="+webhook)
}

// show runs a command in front of the audience and returns what it printed.
func (t *terraform) show(ctx context.Context, args ...string) (string, error) {
	fmt.Fprintf(t.out, "\n$ %s %s\n", filepath.Base(t.path), strings.Join(args, " "))
	var printed bytes.Buffer
	cmd := t.command(ctx, args...)
	cmd.Stdout = io.MultiWriter(t.out, &printed)
	cmd.Stderr = cmd.Stdout
	if err := cmd.Run(); err != nil {
		return printed.String(), fmt.Errorf("terraform %s: %w", args[0], err)
	}
	return printed.String(), nil
}

// read runs a command behind the scenes and returns its standard output.
func (t *terraform) read(ctx context.Context, args ...string) ([]byte, error) {
	output, err := t.command(ctx, args...).Output()
	if err != nil {
		return nil, fmt.Errorf("terraform %s: %w", args[0], err)
	}
	return output, nil
}

func (t *terraform) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := child(ctx, t.dir, t.path, args...)
	cmd.Env = t.env
	return cmd
}

// plan shows a plan, keeps it in planFile and returns what it would change:
// address and actions, such as "delete, create".
func (t *terraform) plan(ctx context.Context) (map[string]string, error) {
	_, err := t.show(ctx, "plan", "-detailed-exitcode", "-out="+planFile)
	var exit *exec.ExitError
	pending := errors.As(err, &exit) && exit.ExitCode() == 2
	if err != nil && !pending {
		return nil, err
	}

	encoded, err := t.read(ctx, "show", "-json", planFile)
	if err != nil {
		return nil, err
	}
	var plan tfjson.Plan
	if err := json.Unmarshal(encoded, &plan); err != nil {
		return nil, err
	}
	changes := map[string]string{}
	for _, change := range plan.ResourceChanges {
		if !change.Change.Actions.NoOp() {
			changes[change.Address] = actions(change.Change.Actions)
		}
	}
	if pending != (len(changes) > 0) {
		return nil, fmt.Errorf("terraform plan says by its exit code that changes are due: %t, but the plan changes %v", pending, changes)
	}
	return changes, nil
}

func actions(of tfjson.Actions) string {
	names := make([]string, len(of))
	for i, action := range of {
		names[i] = string(action)
	}
	return strings.Join(names, ", ")
}

// token reads the robot's token out of the state.
func (t *terraform) token(ctx context.Context) (string, error) {
	output, err := t.read(ctx, "output", "-raw", "token")
	return string(output), err
}
