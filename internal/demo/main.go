// Command demo tells the provider's story with a real Terraform and a chat
// server of its own, and checks that every step of it is true. "make demo"
// runs it; the environment variable TERRAFORM names another binary to use, and
// -archive a zip file of a release to play with instead of a fresh build.
//
// What belongs here is the story and the stage it needs. It uses the provider
// and the sandbox as their users do, as programs, and imports neither.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

func main() {
	archive := flag.String("archive", "", "zip file of a release for this platform, to play with instead of a fresh build")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *archive)
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
func run(ctx context.Context, archive string) (err error) {
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
	props, err := build(ctx, dir, archive)
	if err != nil {
		return err
	}
	server, err := startSandbox(ctx, props.sandbox)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.stop()) }()
	out.keepSecret(server.apiKey())

	if props.packed != "" {
		packed := &terraform{path: binary, dir: props.packed, env: environment(props.packedConfig, server, out.colour), out: out}
		out.say("%s installs the release from its zip file.", filepath.Base(binary))
		if _, err := packed.show(ctx, "init"); err != nil {
			return err
		}
	}
	tf := &terraform{path: binary, dir: props.config, env: environment(props.cliConfig, server, out.colour), out: out}
	began := time.Now()
	if err := (&story{out, tf, server, props.version}).tell(ctx); err != nil {
		return err
	}
	if err := out.leaked(); err != nil {
		return err
	}
	out.say("All of it was checked on the server and held true: created, unchanged, repaired, renewed and revoked, in %.0f seconds.",
		time.Since(began).Seconds())
	return nil
}
