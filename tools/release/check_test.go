package main

import (
	"archive/zip"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// checkout lays out a release as goreleaser does, for these platforms.
func checkout(t *testing.T, platforms []string) string {
	t.Helper()
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, "dist"), 0o750); err != nil {
		t.Fatal(err)
	}
	write(t, root, "dist/metadata.json", `{"project_name":"terraform-provider-imkit","version":"1.2.3"}`)
	write(t, root, manifestFile, `{"version":1,"metadata":{"protocol_versions":["6.0"]}}`)
	sums := sum(t, filepath.Join(root, manifestFile)) + "  terraform-provider-imkit_1.2.3_manifest.json\n"
	for _, platform := range platforms {
		binary := "terraform-provider-imkit_v1.2.3"
		if strings.HasPrefix(platform, "windows_") {
			binary += ".exe"
		}
		file := "terraform-provider-imkit_1.2.3_" + platform + ".zip"
		pack(t, filepath.Join(root, "dist", file), map[string]fs.FileMode{"LICENSE": 0o644, binary: 0o755})
		sums += sum(t, filepath.Join(root, "dist", file)) + "  " + file + "\n"
	}
	write(t, root, "dist/terraform-provider-imkit_1.2.3_SHA256SUMS", sums)
	return root
}

func write(t *testing.T, root, name, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(root, name), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func sum(t *testing.T, file string) string {
	t.Helper()
	content, err := os.ReadFile(file) //nolint:gosec // A file of the test's own.
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%x", sha256.Sum256(content))
}

func pack(t *testing.T, file string, entries map[string]fs.FileMode) {
	t.Helper()
	out, err := os.Create(file) //nolint:gosec // A file of the test's own.
	if err != nil {
		t.Fatal(err)
	}
	writer := zip.NewWriter(out)
	if err := writer.SetComment(file); err != nil { // no two files are the same
		t.Fatal(err)
	}
	for name, mode := range entries {
		header := &zip.FileHeader{Name: name}
		header.SetMode(mode)
		if _, err := writer.CreateHeader(header); err != nil {
			t.Fatal(err)
		}
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	if _, err := check(checkout(t, platforms), ""); err != nil {
		t.Errorf("a good release: %v", err)
	}
	one := []string{"linux_arm64"}
	if _, err := check(checkout(t, one), "linux_arm64"); err != nil {
		t.Errorf("a good release for one platform: %v", err)
	}
	if _, err := check(checkout(t, one), ""); err == nil {
		t.Error("a release for one platform passes for a whole one")
	}
}

func TestCheckFindsMistakes(t *testing.T) {
	t.Parallel()
	const (
		sums = "dist/terraform-provider-imkit_1.2.3_SHA256SUMS"
		file = "terraform-provider-imkit_1.2.3_linux_amd64.zip"
	)
	// repack puts another zip file in place, with a checksum that is right.
	repack := func(t *testing.T, root string, entries map[string]fs.FileMode) {
		t.Helper()
		path := filepath.Join(root, "dist", file)
		before := sum(t, path)
		pack(t, path, entries)
		edit(t, root, sums, before, sum(t, path))
	}
	for name, test := range map[string]struct {
		spoil func(t *testing.T, root string)
		want  string
	}{
		"no manifest in the list": {func(t *testing.T, root string) {
			t.Helper()
			edit(t, root, sums, "_manifest.json", "_something.json")
		}, "instead of"},
		"another manifest": {func(t *testing.T, root string) {
			t.Helper()
			edit(t, root, manifestFile, `{"version"`, `{ "version"`)
		}, "checksum"},
		"an old protocol": {func(t *testing.T, root string) {
			t.Helper()
			before := sum(t, filepath.Join(root, manifestFile))
			edit(t, root, manifestFile, "6.0", "5.0")
			edit(t, root, sums, before, sum(t, filepath.Join(root, manifestFile)))
		}, "protocol"},
		"a wrong checksum": {func(t *testing.T, root string) {
			t.Helper()
			pack(t, filepath.Join(root, "dist", file), map[string]fs.FileMode{"LICENSE": 0o644})
		}, "checksum"},
		"a program without its version": {func(t *testing.T, root string) {
			t.Helper()
			repack(t, root, map[string]fs.FileMode{"LICENSE": 0o644, "terraform-provider-imkit": 0o755})
		}, "holds"},
		"no licence": {func(t *testing.T, root string) {
			t.Helper()
			repack(t, root, map[string]fs.FileMode{"terraform-provider-imkit_v1.2.3": 0o755})
		}, "holds"},
		"a program that cannot be run": {func(t *testing.T, root string) {
			t.Helper()
			repack(t, root, map[string]fs.FileMode{"LICENSE": 0o644, "terraform-provider-imkit_v1.2.3": 0o644})
		}, "cannot be run"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := checkout(t, platforms)
			test.spoil(t, root)
			if _, err := check(root, ""); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q in it", err, test.want)
			}
		})
	}
}

// edit replaces a text that has to be there once.
func edit(t *testing.T, root, name, from, to string) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, name)) //nolint:gosec // A file of the test's own.
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(content), from) != 1 {
		t.Fatalf("%s does not have %q once", name, from)
	}
	write(t, root, name, strings.Replace(string(content), from, to, 1))
}
