package provider_test

import (
	"encoding/json"
	"fmt"
	"net/http"
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
	for name, script := range pipelineScripts(t).Night {
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
			c.Env = append(c.Env, "RUNNER_TEMP="+t.TempDir())
			shell := c.Shell()

			acctest.Says(t, shell.Must(script), "2 added, 0 changed, 0 destroyed")
			acctest.Says(t, shell.Must(script), "Nothing to apply.")
			w.Advance(6 * 24 * time.Hour)
			acctest.Says(t, shell.Must(script), "1 added, 0 changed, 1 destroyed")
			c.Empty()
			w.Inject(sandbox.Fault{Status: 403})
			acctest.Says(t, shell.Fails(script), "HTTP 403")
		})
	}
}

// TestPipelinesReviewWithoutTheKey runs what the pipelines run for a merge request: what
// it changes is shown, and no call needs the key or changes anything.
func TestPipelinesReviewWithoutTheKey(t *testing.T) {
	t.Parallel()
	for name, script := range pipelineScripts(t).Review {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewWorld(t, sandbox.Options{})
			c := acctest.BareCLI(t, w.Serve(t))
			// The provider runs in this process, which has another environment.
			config := fmt.Sprintf(`terraform {
  required_providers {
    imkit = {
      source = "imkit/imkit"
    }
  }
}

variable "key" {}

provider "imkit" {
  base_url = %q
  api_key  = var.key
}

resource "imkit_client" "robot" {
  id = "robot"
}

resource "imkit_client_token" "robot" {
  client_id = imkit_client.robot.id
}
`, w.URL)
			c.Env = append(c.Env, "TF_VAR_key="+sandbox.DefaultAPIKey)
			c.Write(config)
			c.Must("init")
			c.Apply()

			c.Env = append(c.Env, "TF_VAR_key=none")
			c.Write(strings.Replace(config, `id = "robot"`, "id       = \"robot\"\n  nickname = \"New\"", 1) + "\nresource \"imkit_client\" \"other\" {\n  id = \"other\"\n}\n")
			w.ResetRequests()
			acctest.Says(t, c.Shell().Must(script), "1 to add, 1 to change, 0 to destroy", "Server does not accept the API key")
			for _, r := range w.Requests() {
				if r.Method != http.MethodGet || r.Status != http.StatusUnauthorized {
					t.Errorf("the review called %s %s, and got %d", r.Method, r.Path, r.Status)
				}
			}
		})
	}
}

// scripts are those of jobs, by pipeline.
type scripts struct {
	Review map[string]string `json:"review"`
	Night  map[string]string `json:"night"`
}

// pipelineScripts are the scripts of the jobs that plan for a merge request, and that apply, as Terraform reads them.
func pipelineScripts(t *testing.T) scripts {
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
		    for job, name in { plan = "review", apply = "night" } : name => {
		      github = join("\n", [for step in local.github.jobs[job].steps : try(step.run, "")])
		      gitlab = join("\n", local.gitlab[job].script)
		    }
		  }
		}`, filepath.ToSlash(absolute(t, filepath.Join(examplesDir, "ci")))))
	c.Must("init")
	c.Apply()
	var found scripts
	if err := json.Unmarshal([]byte(c.Must("output", "-json", "scripts")), &found); err != nil {
		t.Fatal(err)
	}
	return found
}
