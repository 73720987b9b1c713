package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

const (
	module      = "github.com/imkit/terraform-provider-imkit"
	programName = "terraform-provider-imkit"

	// freshVersion is the version of a provider that is built here.
	freshVersion = "0.0.1"
)

// platform is this machine's, as files of releases and folders of mirrors have it.
const platform = runtime.GOOS + "_" + runtime.GOARCH

// registries are the names under which Terraform and OpenTofu know "imkit/imkit".
var registries = [2]string{"registry.terraform.io", "registry.opentofu.org"}

// props are what the story needs, laid out in the demo's folder.
type props struct {
	config    string // the copy of the example that Terraform works in
	cliConfig string // Terraform's own settings: take the provider from the mirror
	sandbox   string // the server's program
	version   string // of the provider

	// The same for a mirror that has the provider as a zip file; empty without a release.
	packed, packedConfig string
}

// build compiles the programs and lays everything out in dir. The provider comes
// from the zip file of a release, if one is given.
func build(ctx context.Context, dir, archive string) (props, error) {
	p := props{
		config:    filepath.Join(dir, "robot-in-a-room"),
		cliConfig: filepath.Join(dir, "terraform.rc"),
		sandbox:   filepath.Join(dir, executable("imkit-sandbox")),
		version:   freshVersion,
	}
	root, err := checkout(ctx)
	if err != nil {
		return p, err
	}
	if err := compile(ctx, root, p.sandbox, "./internal/sandbox/cmd/imkit-sandbox"); err != nil {
		return p, err
	}
	example := os.DirFS(filepath.Join(root, "examples", "robot-in-a-room"))
	if err := os.CopyFS(p.config, example); err != nil {
		return p, err
	}
	mirror := filepath.Join(dir, "mirror")
	if archive != "" {
		if p.version, err = releasedVersion(archive); err != nil {
			return p, err
		}
		if err := unpack(archive, filepath.Join(mirror, registries[0], unpackedFolder(p.version))); err != nil {
			return p, err
		}
		if err := p.layOutPacked(dir, archive, example); err != nil {
			return p, err
		}
	} else {
		program := filepath.Join(mirror, registries[0], unpackedFolder(p.version), executable(programName+"_v"+p.version))
		if err := compile(ctx, root, program, ".", "-ldflags=-X main.version="+p.version); err != nil {
			return p, err
		}
	}
	return p, writeCLIConfig(p.cliConfig, mirror)
}

// unpackedFolder is where a mirror has the files of a version, below the
// registry's name.
func unpackedFolder(version string) string {
	return filepath.Join("imkit", "imkit", version, platform)
}

// writeCLIConfig makes a mirror known to both registries' tools.
func writeCLIConfig(file, mirror string) error {
	first, second := filepath.Join(mirror, registries[0]), filepath.Join(mirror, registries[1])
	if err := os.CopyFS(second, os.DirFS(first)); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(cliConfig(mirror)), 0o600)
}

// cliConfig names the mirror and nothing else, so that no registry is asked.
func cliConfig(mirror string) string {
	return fmt.Sprintf(`disable_checkpoint = true

provider_installation {
  filesystem_mirror {
    path    = %q
    include = [%q, %q]
  }
}
`, filepath.ToSlash(mirror), registries[0]+"/imkit/imkit", registries[1]+"/imkit/imkit")
}

// checkout is the folder of the source, wherever the demo was started in it.
func checkout(ctx context.Context) (string, error) {
	output, err := child(ctx, "", "go", "list", "-m", "-f", "{{.Dir}}", module).Output()
	if err != nil {
		return "", fmt.Errorf("the demo has to run in a checkout of the provider: %w", err)
	}
	return strings.TrimSpace(string(output)), nil
}

func compile(ctx context.Context, root, program, source string, flags ...string) error {
	args := append([]string{"build", "-o", program}, append(flags, source)...)
	output, err := child(ctx, root, "go", args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("go build %s: %w\n%s", source, err, output)
	}
	return nil
}

func executable(name string) string {
	if runtime.GOOS == "windows" {
		return name + ".exe"
	}
	return name
}
