// Command terraform prints the path of the Terraform or OpenTofu binary that
// the make targets run. Where the machine has neither, it installs Terraform
// into a folder of the checkout.
//
// What belongs here is which binary is taken, and which version is installed. How
// it is run is the business of the make targets.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	dir := flag.String("dir", ".tools", "where to install Terraform when the machine has none")
	flag.Parse()

	// Installing takes a while; an interrupt must not leave half a binary behind.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	path, err := find(ctx, os.Getenv("TERRAFORM"), *dir, install)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "Error:", err)
		os.Exit(1)
	}
	fmt.Fprintln(os.Stdout, path)
}
