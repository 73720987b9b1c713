package main

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const (
	program      = "terraform-provider-imkit"
	manifestFile = "terraform-registry-manifest.json"
)

// platforms are those that a release has to have.
var platforms = []string{
	"darwin_amd64", "darwin_arm64",
	"freebsd_386", "freebsd_amd64", "freebsd_arm", "freebsd_arm64",
	"linux_386", "linux_amd64", "linux_arm", "linux_arm64",
	"windows_386", "windows_amd64", "windows_arm64",
}

// check looks through a release in the folder dist of a checkout: for every
// platform, or for only one, a zip file with the program; the list of checksums,
// with exactly those and the manifest; and the manifest itself. It returns what it
// found to be right, in words.
func check(root, only string) (string, error) {
	dist := filepath.Join(root, "dist")
	var metadata struct{ Version string }
	if err := readJSON(filepath.Join(dist, "metadata.json"), &metadata); err != nil {
		return "", err
	}
	prefix := program + "_" + metadata.Version + "_"
	want := map[string]string{prefix + "manifest.json": filepath.Join(root, manifestFile)}
	for _, platform := range platforms {
		if only == "" || only == platform {
			want[prefix+platform+".zip"] = filepath.Join(dist, prefix+platform+".zip")
		}
	}

	sums, err := readSums(filepath.Join(dist, prefix+"SHA256SUMS"))
	if err != nil {
		return "", err
	}
	if got, want := slices.Sorted(maps.Keys(sums)), slices.Sorted(maps.Keys(want)); !slices.Equal(got, want) {
		return "", fmt.Errorf("SHA256SUMS lists\n%s\ninstead of\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for name, file := range want {
		err = errors.Join(err, checkSum(file, sums[name]))
		if strings.HasSuffix(name, ".zip") {
			err = errors.Join(err, checkZip(file, metadata.Version))
		}
	}
	err = errors.Join(err, checkManifest(filepath.Join(root, manifestFile)))
	return fmt.Sprintf("Release %s: %d zip files, their checksums and the manifest's are right.\n", metadata.Version, len(want)-1), err
}

// readSums reads lines of a checksum, two spaces and a file's name.
func readSums(file string) (map[string]string, error) {
	content, err := os.ReadFile(file) //nolint:gosec // The path is this program's own.
	if err != nil {
		return nil, err
	}
	sums := map[string]string{}
	for line := range strings.Lines(string(content)) {
		sum, name, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		if _, twice := sums[name]; !ok || twice {
			return nil, fmt.Errorf("%s: unexpected line %q", file, line)
		}
		sums[name] = sum
	}
	return sums, nil
}

func checkSum(file, want string) error {
	content, err := os.ReadFile(file) //nolint:gosec // The path is this program's own.
	if err != nil {
		return err
	}
	sum := sha256.Sum256(content)
	if got := hex.EncodeToString(sum[:]); got != want {
		return fmt.Errorf("%s has the checksum %s, not %s", file, got, want)
	}
	return nil
}

// checkZip makes sure that a zip file has the licence and the program, under the
// name that Terraform looks for, as something that can be run.
func checkZip(file, version string) error {
	reader, err := zip.OpenReader(file)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	defer func() { _ = reader.Close() }()
	binary := program + "_v" + version
	if strings.Contains(filepath.Base(file), "_windows_") {
		binary += ".exe"
	}
	var names []string
	for _, entry := range reader.File {
		names = append(names, entry.Name)
		if entry.Name == binary && entry.Mode()&0o111 != 0o111 {
			return fmt.Errorf("%s: %s has the mode %s and cannot be run", file, binary, entry.Mode())
		}
	}
	slices.Sort(names)
	if want := []string{"LICENSE", binary}; !slices.Equal(names, want) {
		return fmt.Errorf("%s holds %q, not %q", file, names, want)
	}
	return nil
}

func checkManifest(file string) error {
	var manifest struct {
		Version  int
		Metadata struct {
			ProtocolVersions []string `json:"protocol_versions"`
		}
	}
	if err := readJSON(file, &manifest); err != nil {
		return err
	}
	if manifest.Version != 1 || !slices.Equal(manifest.Metadata.ProtocolVersions, []string{"6.0"}) {
		return fmt.Errorf("%s: version %d and protocols %q, not version 1 and protocol 6.0", file, manifest.Version, manifest.Metadata.ProtocolVersions)
	}
	return nil
}

func readJSON(file string, into any) error {
	content, err := os.ReadFile(file) //nolint:gosec // The path is this program's own.
	if err != nil {
		return err
	}
	if err := json.Unmarshal(content, into); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}
