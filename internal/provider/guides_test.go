package provider_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
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
// piece has to be valid alone, but for what is added to the account of the first page.
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
			files := example{file: config}
			if filepath.Base(guide) == gettingStarted {
				files = example{"main.tf": readExamples(t)[firstPage]["main.tf"], "added.tf": config}
			}
			pieces[fmt.Sprintf("%s/%d", filepath.Base(guide), i+1)] = files
		}
	}
	return pieces
}

// gettingStarted is the guide that goes on where the first page ends: with that example.
const gettingStarted, firstPage = "getting-started.md.tmpl", "robot-account"

// scriptsOf are the scripts of a guide.
func scriptsOf(t *testing.T, guide string) []string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(guidesDir, guide)) //nolint:gosec // a file of this repository
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, script := range regexp.MustCompile("(?ms)^( *)```shell\n(.*?)^ *```$").FindAllStringSubmatch(string(content), -1) {
		found = append(found, strings.ReplaceAll("\n"+script[2], "\n"+script[1], "\n"))
	}
	return found
}

// TestGuideGettingStarted does what the guide says: the robot signs in, gets a room, and reads it.
func TestGuideGettingStarted(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	c, _ := openExample(t, w, firstPage)
	c.Must("init")
	c.Apply()
	c.WriteFile("added.tf", readGuides(t)[gettingStarted+"/1"]["added.tf"])
	c.Apply()
	scripts := scriptsOf(t, gettingStarted)
	acctest.Equal(t, "number of scripts", 3, len(scripts))
	acctest.Says(t, c.Shell().Must(scripts[0]), `"nickname":"Parcel robot"`)
	acctest.Says(t, c.Shell().Must(scripts[1]), `"name":"Parcels"`, `"isSuperuser":false`)
	w.RemoveMembers("parcels", "parcel-robot")
	acctest.Says(t, c.Shell().Must(scripts[1]), `"RC":403`)
	c.Apply()
	c.Shell().Must("export TF_CLI_ARGS_destroy=-auto-approve\n" + scripts[2])
	if room, ok := w.Room("parcels"); !ok || len(w.LiveTokens("parcel-robot")) > 0 || room.Fields["status"] != json.Number("0") {
		t.Errorf("after the destroy, the room is %+v", room)
	}
}

// TestGuideSeeingARenewal ages a token as the guide says: with a provider that goes by this machine's clock.
func TestGuideSeeingARenewal(t *testing.T) {
	t.Parallel()
	server := acctest.NewServer(sandbox.Options{})
	mux := http.NewServeMux()
	mux.Handle("/", server)
	mux.HandleFunc("POST /_sandbox/clock", func(_ http.ResponseWriter, r *http.Request) { // as the command has it
		var move struct {
			Advance string `json:"advance"`
		}
		if err := json.NewDecoder(r.Body).Decode(&move); err != nil {
			t.Error(err)
		}
		by, err := time.ParseDuration(move.Advance)
		if err != nil {
			t.Error(err)
		}
		server.Advance(by)
	})
	listener := httptest.NewServer(mux)
	defer listener.Close()
	c := acctest.BinaryCLI(t)
	c.Env = append(c.Env, "TF_CLI_ARGS=-no-color", "TF_CLI_ARGS_apply=-auto-approve", "NO_PROXY=127.0.0.1",
		"IMKIT_BASE_URL="+listener.URL, "IMKIT_API_KEY="+sandbox.DefaultAPIKey)
	c.Write(`
		resource "imkit_client" "robot" {
		  id = "robot"
		}
		resource "imkit_client_token" "robot" {
		  client_id = imkit_client.robot.id
		}`)
	c.Apply()
	c.Empty()
	server.Advance(121 * time.Hour) // alone, it makes nothing due
	c.Empty()
	server.Advance(-121 * time.Hour)
	scripts := scriptsOf(t, "token-lifecycle.md.tmpl")
	i := slices.IndexFunc(scripts, func(s string) bool { return strings.Contains(s, "_sandbox") })
	output := c.Shell().Must(scripts[i])
	acctest.Says(t, output, "imkit_client_token.robot must be replaced", "1 to add, 0 to change, 1 to destroy")
	if strings.Contains(output, "Warning: Server") {
		t.Errorf("the age of the token gave a warning:\n%s", output)
	}
	c.Apply()
	c.Empty()
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
