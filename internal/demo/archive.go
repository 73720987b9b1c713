package main

import (
	"archive/zip"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// releasedVersion reads the version off the name of a release's zip file, which
// has to be for this platform.
func releasedVersion(archive string) (string, error) {
	base := filepath.Base(archive)
	rest, ours := strings.CutPrefix(base, programName+"_")
	version, fits := strings.CutSuffix(rest, "_"+platform+".zip")
	if !ours || !fits || version == "" {
		return "", fmt.Errorf("%s is not named %s_VERSION_%s.zip, as a release for this platform is", base, programName, platform)
	}
	return version, nil
}

// unpack puts the files of a release into a folder, as people do by hand.
func unpack(archive, folder string) (err error) {
	reader, err := zip.OpenReader(archive)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, reader.Close()) }()
	return os.CopyFS(folder, reader)
}

// layOutPacked makes a second mirror, with the release as the zip file that it
// is, and a copy of the example that uses it.
func (p *props) layOutPacked(dir, archive string, example fs.FS) error {
	p.packed, p.packedConfig = filepath.Join(dir, "packed"), filepath.Join(dir, "packed.rc")
	if err := os.CopyFS(p.packed, example); err != nil {
		return err
	}
	content, err := os.ReadFile(archive) //nolint:gosec // The file that the user named.
	if err != nil {
		return err
	}
	mirror := filepath.Join(dir, "packed-mirror")
	folder := filepath.Join(mirror, registries[0], "imkit", "imkit")
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(folder, filepath.Base(archive)), content, 0o600); err != nil {
		return err
	}
	return writeCLIConfig(p.packedConfig, mirror)
}
