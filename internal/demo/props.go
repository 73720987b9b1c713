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
	module  = "github.com/imkit/terraform-provider-imkit"
	version = "0.0.1"
)

// registries are the names under which Terraform and OpenTofu know "imkit/imkit".
var registries = [2]string{"registry.terraform.io", "registry.opentofu.org"}

// props are what the story needs, laid out in the demo's folder.
type props struct {
	config    string // the copy of the example that Terraform works in
	cliConfig string // Terraform's own settings: take the provider from the mirror
	sandbox   string // the server's program
}

// build compiles the programs and lays everything out in dir.
func build(ctx context.Context, dir string) (props, error) {
	p := props{
		config:    filepath.Join(dir, "robot-account"),
		cliConfig: filepath.Join(dir, "terraform.rc"),
		sandbox:   filepath.Join(dir, executable("imkit-sandbox")),
	}
	root, err := checkout(ctx)
	if err != nil {
		return p, err
	}
	if err := compile(ctx, root, p.sandbox, "./internal/sandbox/cmd/imkit-sandbox"); err != nil {
		return p, err
	}
	mirror := filepath.Join(dir, "mirror")
	first, second := filepath.Join(mirror, registries[0]), filepath.Join(mirror, registries[1])
	folder := filepath.Join(first, "imkit", "imkit", version, runtime.GOOS+"_"+runtime.GOARCH)
	if err := compile(ctx, root, filepath.Join(folder, executable("terraform-provider-imkit_v"+version)), "."); err != nil {
		return p, err
	}
	if err := os.CopyFS(second, os.DirFS(first)); err != nil {
		return p, err
	}
	if err := os.CopyFS(p.config, os.DirFS(filepath.Join(root, "examples", "robot-account"))); err != nil {
		return p, err
	}
	return p, os.WriteFile(p.cliConfig, []byte(cliConfig(mirror)), 0o600)
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

func compile(ctx context.Context, root, program, source string) error {
	output, err := child(ctx, root, "go", "build", "-o", program, source).CombinedOutput()
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
