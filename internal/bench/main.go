// Command bench measures the provider with a real Terraform against the sandbox,
// and beside it time_static of hashicorp/time, which calls nothing. "make bench"
// runs it; README.md says what it prints.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

func main() {
	quick := flag.Bool("quick", false, "measure once, instead of three times")
	only := flag.String("only", strings.Join(rowNames(), ","), "which `rows` to measure")
	flag.Parse()
	runs := 3
	if *quick {
		runs = 1
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, strings.Split(*only, ","), runs)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "The benchmark failed:", err)
		os.Exit(1)
	}
}

// run measures the rows that are wanted and prints the table.
func run(ctx context.Context, names []string, runs int) (err error) {
	groups, err := groupRows(names)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "imkit-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()

	fmt.Fprintln(os.Stderr, "Building the providers.")
	tf, err := newTerraform(ctx, dir)
	if err != nil {
		return err
	}
	for _, group := range groups {
		for i := range runs {
			fmt.Fprintf(os.Stderr, "Run %d of %d\n", i+1, runs)
			if err := measure(ctx, tf, dir, group); err != nil {
				return err
			}
		}
	}
	printTable(os.Stdout, groups)
	return nil
}
