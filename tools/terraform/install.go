package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/hashicorp/go-version"
	"github.com/hashicorp/hc-install/product"
	"github.com/hashicorp/hc-install/releases"
)

// installVersion is the Terraform to install where there is none: one that
// knows every feature the provider uses.
const installVersion = "1.14.9"

// install puts Terraform into dir, all or nothing: an interrupted download
// must not look like an installation to the next run.
func install(ctx context.Context, dir string) error {
	parent := filepath.Dir(dir)
	if err := os.MkdirAll(parent, 0o750); err != nil {
		return err
	}
	partial, err := os.MkdirTemp(parent, ".partial-")
	if err != nil {
		return err
	}

	release := &releases.ExactVersion{
		Product:    product.Terraform,
		Version:    version.Must(version.NewVersion(installVersion)),
		InstallDir: partial,
	}
	if _, err := release.Install(ctx); err != nil {
		return errors.Join(err, os.RemoveAll(partial))
	}
	if err := os.Rename(partial, dir); err != nil {
		return errors.Join(err, os.RemoveAll(partial))
	}
	return nil
}
