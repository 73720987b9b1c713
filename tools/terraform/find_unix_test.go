//go:build unix

package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"
)

// program writes an executable that answers like "terraform version -json".
func program(t *testing.T, path, version string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		t.Fatal(err)
	}
	script := "#!/bin/sh\necho '{\"terraform_version\":\"" + version + "\"}'\n"
	if err := os.WriteFile(path, []byte(script), 0o700); err != nil { //nolint:gosec // It has to be executable.
		t.Fatal(err)
	}
}

func TestFind(t *testing.T) {
	installed := filepath.Join("tools", "terraform-"+installVersion, "terraform")

	for name, test := range map[string]struct {
		programs map[string]string
		chosen   string
		want     string
		installs bool
	}{
		"terraform goes before tofu": {
			programs: map[string]string{"path/terraform": "1.11.4", "path/tofu": "1.9.0"},
			want:     "path/terraform",
		},
		"a terraform that is too old is passed over": {
			programs: map[string]string{"path/terraform": "1.5.7", "path/tofu": "1.9.0"},
			want:     "path/tofu",
		},
		"the caller's choice goes first": {
			programs: map[string]string{"path/terraform": "1.11.4", "path/tofu": "1.9.0"},
			chosen:   "tofu",
			want:     "path/tofu",
		},
		"an earlier installation is used again": {
			programs: map[string]string{installed: installVersion},
			want:     installed,
		},
		"nothing there": {
			want:     installed,
			installs: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			t.Setenv("PATH", filepath.Join(root, "path"))
			for path, version := range test.programs {
				program(t, filepath.Join(root, path), version)
			}

			installs := false
			got, err := find(t.Context(), test.chosen, filepath.Join(root, "tools"), func(_ context.Context, dir string) error {
				installs = true
				program(t, filepath.Join(dir, "terraform"), installVersion)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if want := filepath.Join(root, test.want); got != want {
				t.Errorf("found %s, want %s", got, want)
			}
			if installs != test.installs {
				t.Errorf("installed: %t, want %t", installs, test.installs)
			}
		})
	}
}
