package provider_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

const guidesDir = "../../templates/guides"

// fence is a piece of configuration in a guide; what stands in a list is indented.
var fence = regexp.MustCompile("(?ms)^( *)```terraform\n(.*?)^ *```$")

// query is the beginning of a list block.
var query = regexp.MustCompile(`(?m)^list "`)

// readGuides reads the configuration that stands in the guides themselves. Each
// piece has to be valid alone.
func readGuides(t *testing.T) map[string]example {
	t.Helper()
	pieces := map[string]example{}
	guides, err := filepath.Glob(filepath.Join(guidesDir, "*.md.tmpl"))
	if err != nil || len(guides) == 0 {
		t.Fatalf("read %d guides: %v", len(guides), err)
	}
	for _, guide := range guides {
		content, err := os.ReadFile(guide) //nolint:gosec // a file of this repository
		if err != nil {
			t.Fatal(err)
		}
		for i, piece := range fence.FindAllStringSubmatch(string(content), -1) {
			config := strings.ReplaceAll("\n"+piece[2], "\n"+piece[1], "\n")
			file := "main.tf"
			if query.MatchString(config) {
				file = "main" + queryExtension
			}
			pieces[fmt.Sprintf("%s/%d", filepath.Base(guide), i+1)] = example{file: config}
		}
	}
	return pieces
}

// TestPipelines runs what the pipelines of the guide run at night, against a
// server: they apply what there is to apply, renew a token that is due, and fail
// when Terraform does.
func TestPipelines(t *testing.T) {
	t.Parallel()
	for name, script := range nightScripts(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewWorld(t, sandbox.Options{})
			c := w.CLI(t, `
				resource "imkit_client" "robot" {
				  id = "robot"
				}
				resource "imkit_client_token" "robot" {
				  client_id = imkit_client.robot.id
				}`)
			c.Env = append(c.Env, "TERRAFORM="+c.Binary, "RUNNER_TEMP="+t.TempDir())
			shell := *c
			shell.Binary = "sh"
			night := []string{"-e", "-c", "terraform() { \"$TERRAFORM\" \"$@\"; }\n" + script}

			acctest.Says(t, shell.Must(night...), "2 added, 0 changed, 0 destroyed")
			acctest.Says(t, shell.Must(night...), "Nothing to apply.")
			w.Advance(6 * 24 * time.Hour)
			acctest.Says(t, shell.Must(night...), "1 added, 0 changed, 1 destroyed")
			c.Empty()
			w.Inject(sandbox.Fault{Status: 403})
			acctest.Says(t, shell.Fails(night...), "HTTP 403")
		})
	}
}

// nightScripts are the scripts of the jobs that apply, as Terraform reads them.
func nightScripts(t *testing.T) map[string]string {
	t.Helper()
	w := acctest.NewWorld(t, sandbox.Options{})
	c := acctest.BareCLI(t, w.Serve(t))
	c.Write(fmt.Sprintf(`
		locals {
		  github = yamldecode(file("%[1]s/github-actions.yml"))
		  gitlab = yamldecode(file("%[1]s/gitlab-ci.yml"))
		}
		output "scripts" {
		  value = {
		    github = join("\n", [for step in local.github.jobs.apply.steps : try(step.run, "")])
		    gitlab = join("\n", local.gitlab.apply.script)
		  }
		}`, filepath.ToSlash(absolute(t, filepath.Join(examplesDir, "ci")))))
	c.Must("init")
	c.Apply()
	var scripts map[string]string
	if err := json.Unmarshal([]byte(c.Must("output", "-json", "scripts")), &scripts); err != nil {
		t.Fatal(err)
	}
	return scripts
}
