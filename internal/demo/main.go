// Command demo tells the provider's story with a real Terraform and a chat
// server of its own, and checks that every step of it is true. "make demo"
// runs it; the environment variable TERRAFORM names another binary to use.
//
// What belongs here is the story and the stage it needs. It uses the provider
// and the sandbox as their users do, as programs, and imports neither.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx)
	interrupted := ctx.Err() != nil
	stop()
	switch {
	case interrupted:
		fmt.Fprintln(os.Stderr, "\nThe demo was interrupted:", err)
		os.Exit(1)
	case err != nil:
		fmt.Fprintln(os.Stderr, "\nThe demo failed:", err)
		os.Exit(1)
	}
}

// run sets the stage, plays the story and clears the stage again, whatever happened.
func run(ctx context.Context) (err error) {
	binary, err := findTerraform()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "imkit-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()

	out := newStage(os.Stdout)
	out.say("Building the provider and the sandbox, a chat server that lives in memory. The first time takes a minute or two.")
	props, err := build(ctx, dir)
	if err != nil {
		return err
	}
	server, err := startSandbox(ctx, props.sandbox)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.stop()) }()
	out.keepSecret(server.apiKey())

	tf := &terraform{path: binary, dir: props.config, env: environment(props, server, out.colour), out: out}
	began := time.Now()
	if err := (&story{out, tf, server}).tell(ctx); err != nil {
		return err
	}
	if err := out.leaked(); err != nil {
		return err
	}
	out.say("All of it was checked on the server and held true: created, unchanged, repaired, renewed and revoked, in %.0f seconds.",
		time.Since(began).Seconds())
	return nil
}
