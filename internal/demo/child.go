package main

import (
	"context"
	"os"
	"os/exec"
	"time"
)

// patience is how long a child may take to end after it was asked to.
const patience = 15 * time.Second

// child prepares a program that is asked to stop when the context ends, rather
// than killed, so that Terraform stops its provider before it goes.
func child(ctx context.Context, dir, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...) //nolint:gosec // Built here, found by make, or chosen by the user.
	cmd.Dir = dir
	cmd.WaitDelay = patience
	cmd.Cancel = func() error {
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			return cmd.Process.Kill()
		}
		return nil
	}
	ownGroup(cmd)
	return cmd
}
