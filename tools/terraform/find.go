package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/hashicorp/go-version"
	"github.com/hashicorp/hc-install/fs"
	"github.com/hashicorp/hc-install/product"
)

// supported is what the provider supports. An older Terraform on the PATH is
// passed over, since it would fail later and say less about why.
var supported = version.MustConstraints(version.NewConstraint(">= 1.8.0"))

// find returns the absolute path of the binary to use: the one the caller
// chose, else terraform or tofu from the PATH, else a Terraform in dir, where
// install puts it if it is not there yet.
func find(ctx context.Context, chosen, dir string, install func(ctx context.Context, dir string) error) (string, error) {
	if chosen != "" {
		path, err := exec.LookPath(chosen)
		if err != nil {
			return "", fmt.Errorf("TERRAFORM=%s is not a program that can be run: %w", chosen, err)
		}
		return found(path)
	}

	terraform := &fs.Version{Product: product.Terraform, Constraints: supported}
	if path, err := terraform.Find(ctx); err == nil {
		return found(path)
	}
	if err := ctx.Err(); err != nil {
		return "", err
	}
	if path, err := exec.LookPath("tofu"); err == nil {
		return found(path)
	}

	// The version is part of the path, so that a newer pin installs anew.
	dir = filepath.Join(dir, "terraform-"+installVersion)
	path := filepath.Join(dir, product.Terraform.BinaryName())
	if _, err := os.Stat(path); err == nil {
		return found(path)
	}
	fmt.Fprintf(os.Stderr, "Neither terraform (%s) nor tofu is on the PATH: installing Terraform %s into %s\n", supported, installVersion, dir)
	if err := install(ctx, dir); err != nil {
		return "", fmt.Errorf("neither terraform (%s) nor tofu is on the PATH, and Terraform %s could not be installed: %w; install Terraform or OpenTofu and run this again",
			supported, installVersion, err)
	}
	return found(path)
}

func found(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	fmt.Fprintln(os.Stderr, "Using", path)
	return path, nil
}
