package provider_test

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// TestExamplesOnOneServer does what the comment at the top of each use case says, on one server
// and without a destroy in between: no two have an ID in common, every script runs, and what was
// applied has no changes left. Resources of other providers count only for what they say about
// imkit.
func TestExamplesOnOneServer(t *testing.T) { //nolint:tparallel // one after the other is what it is about
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	writers := map[string]string{}     // by ID
	for _, name := range useCases(t) { //nolint:paralleltest // as above
		t.Run(name, func(t *testing.T) {
			c, known := openExample(t, w, name)
			shell := c.Shell()
			config := c.ReadFile("main.tf")
			if !known {
				acctest.LeaveOut(t)
				if output := shell.Fails(script(config)); !refusal.MatchString(output) {
					t.Errorf("the core is not said to be too old:\n%s", output)
				}
				return
			}
			w.ResetRequests()
			if former, ok := formerConfig(config); ok {
				c.Write(former)
				c.Must("init")
				c.Apply()
				c.Write(config)
			}
			output := shell.Must(script(config))
			for _, id := range writtenIDs(w) {
				if other := writers[id]; other != "" && other != name {
					t.Errorf("%q is written by %s as well", id, other)
				}
				writers[id] = name
			}
			for _, id := range w.ClientIDs() {
				if slices.ContainsFunc(w.LiveTokens(id), func(token string) bool { return strings.Contains(output, token) }) {
					t.Errorf("a token of %s was printed", id)
				}
			}
			if proof := proofs[name]; proof != nil {
				proof(c, w, output)
			}
		})
	}
}

// refusal is what a core says that is too old.
var refusal = regexp.MustCompile(`Unsupported (Terraform Core version|OpenTofu Core version|block type)|has no command named`)

// proofs look for what an example does besides creating things.
var proofs = map[string]func(c *acctest.CLI, w *acctest.World, output string){
	"adopt-by-query": importsOnly,
	"adopt-existing": importsOnly,
	"clients-to-batch": func(c *acctest.CLI, _ *acctest.World, output string) {
		acctest.Says(c.T, output, "but will not be destroyed")
	},
	"testing-modules": func(c *acctest.CLI, w *acctest.World, output string) {
		acctest.Says(c.T, output, "2 passed")
		acctest.Says(c.T, c.Must("test"), "2 passed") // with other IDs
		if accounts := len(slices.DeleteFunc(w.ClientIDs(), func(id string) bool { return !strings.HasPrefix(id, "helper-") })); accounts != 2 {
			c.T.Errorf("the tests made %d accounts on the sandbox", accounts)
		}
	},
	"token-create-before-destroy": func(c *acctest.CLI, w *acctest.World, _ string) {
		info, err := os.Stat(filepath.Join(c.Dir, "chat-token"))
		if err != nil {
			c.T.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			c.T.Errorf("the file with the token has mode %v", info.Mode())
		}
		if !slices.Equal(strings.Fields(c.ReadFile("chat-token")), w.LiveTokens("order-robot")) {
			c.T.Error("what was delivered is not the token that is alive")
		}
	},
	"token-ephemeral-in-pipeline": func(c *acctest.CLI, w *acctest.World, _ string) {
		if !slices.ContainsFunc(w.Requests(), func(r sandbox.Request) bool { return r.Route == "/me" && r.Status == http.StatusOK }) {
			c.T.Error("nobody signed in")
		}
		if len(w.LiveTokens("smoke-test")) > 0 {
			c.T.Error("a token outlives the run")
		}
	},
	"users-from-csv": func(c *acctest.CLI, _ *acctest.World, _ string) {
		if c.ReadFile("users.csv") != readExamples(c.T)["users-from-csv"]["users.csv"] {
			c.T.Error("what is exported is not the users.csv beside it")
		}
	},
	"sign-out-account": func(c *acctest.CLI, w *acctest.World, _ string) {
		if w.Count(http.MethodDelete, acctest.RouteToken) != 1 || len(w.LiveTokens("parcel-robot")) > 0 {
			c.T.Error("the account is not signed out")
		}
	},
}

// importsOnly wants the plan, with which an example ends that adopts something, to change nothing.
func importsOnly(c *acctest.CLI, _ *acctest.World, output string) {
	c.T.Helper()
	acctest.Says(c.T, output, " to import, 0 to add, 0 to change, 0 to destroy")
	c.Apply()
	c.Empty()
}

// script is what the comment of an example says to do. After an apply, a plan has to be empty.
func script(config string) string {
	commands := indented(config)
	if _, ok := formerConfig(config); ok || commands == "" {
		commands = "terraform apply\n"
	}
	lines := strings.Split(strings.TrimSpace(commands), "\n")
	if last := lines[len(lines)-1]; strings.HasPrefix(last, "terraform apply") {
		commands += "terraform plan -detailed-exitcode " + strings.Join(variable.FindAllString(last, -1), " ")
	}
	return "terraform init\n" + commands
}

// formerConfig is what the configuration was before, where the comment of an example has that
// instead of commands.
func formerConfig(config string) (former string, ok bool) {
	resources := indented(config)
	beginning, _, _ := strings.Cut(config, "\nremoved {")
	return beginning + "\n" + resources, strings.HasPrefix(resources, "resource ")
}

// variable is an argument of a command.
var variable = regexp.MustCompile(`-var=(?:'[^']*'|\S+)`)

// indented is what stands indented in the comment at the top of a file.
func indented(config string) string {
	var text strings.Builder
	for line := range strings.Lines(config) {
		comment, ok := strings.CutPrefix(line, "#")
		if !ok {
			break
		}
		if code, ok := strings.CutPrefix(comment, "   "); ok {
			text.WriteString(code)
		}
	}
	return text.String()
}

// openExample is a working directory with an example and its scripts, and reports whether the core
// knows all that it uses. Commands find the server in their environment; the provider, which runs
// in this process, in the configuration.
func openExample(t *testing.T, w *acctest.World, name string) (c *acctest.CLI, known bool) {
	t.Helper()
	c = acctest.BareCLI(t, w.Serve(t))
	c.Env = append(c.Env, "TF_CLI_ARGS=-no-color", "TF_CLI_ARGS_apply=-auto-approve", "NO_PROXY=127.0.0.1",
		"IMKIT_BASE_URL="+w.URL, "IMKIT_API_KEY="+sandbox.DefaultAPIKey, "IMKIT_CLIENT_KEY="+sandbox.DefaultClientKey)
	settings := fmt.Sprintf("provider \"imkit\" {\n  base_url = %q\n  api_key  = %q\n}", w.URL, sandbox.DefaultAPIKey)
	files := readExamples(t)[name]
	for file, content := range files {
		files[file] = strings.Replace(content, `provider "imkit" {}`, settings, 1)
	}
	unknown, err := writeExample(c, files)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range executables(t, filepath.Join(examplesDir, name)) {
		content, err := os.ReadFile(filepath.Join(examplesDir, name, file)) //nolint:gosec // a file of this repository
		if err != nil {
			t.Fatal(err)
		}
		c.WriteFile(file, string(content))
		if err := os.Chmod(filepath.Join(c.Dir, file), 0o700); err != nil { //nolint:gosec // it is to run
			t.Fatal(err)
		}
	}
	if name == "adopt-existing" {
		// Terraform 1.17-dev looks for the provider of what is generated there, whatever the source is.
		c.Write(strings.Replace(c.ReadFile("main.tf"), `"imkit/imkit"`, `"hashicorp/imkit"`, 1))
	}
	return c, !unknown
}

// executables are the files of a folder that can be run.
func executables(t *testing.T, folder string) []string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		if info, err := entry.Info(); err == nil && info.Mode().IsRegular() && info.Mode()&0o100 != 0 {
			names = append(names, entry.Name())
		}
	}
	return names
}

// TestExampleScripts looks for the scripts that examples call, those of the pages too, which
// nobody applies.
func TestExampleScripts(t *testing.T) {
	t.Parallel()
	calls := 0
	for folder, files := range readExamples(t) {
		for file, content := range files {
			for _, call := range scriptCall.FindAllStringSubmatch(content, -1) {
				calls++
				if !slices.Contains(executables(t, filepath.Join(examplesDir, folder)), call[1]) {
					t.Errorf("%s/%s calls %s, which cannot be run", folder, file, call[1])
				}
			}
		}
	}
	if calls == 0 {
		t.Error("no example calls a script")
	}
}

var scriptCall = regexp.MustCompile(`[ "]\./([\w.-]+)`)

// useCases are the folders with a main.tf, in the order of the page that lists them. What it says
// in code that one takes has to be among the commands of the example.
func useCases(t *testing.T) []string {
	t.Helper()
	page, err := os.ReadFile(filepath.Join(examplesDir, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	examples := readExamples(t)
	var listed, there []string
	for _, row := range useCase.FindAllStringSubmatch(string(page), -1) {
		name, takes := row[1], row[2]
		listed = append(listed, name)
		for _, code := range inlineCode.FindAllStringSubmatch(takes, -1) {
			if !strings.Contains(indented(examples[name]["main.tf"]), code[1]) {
				t.Errorf("examples/README.md says %q of %s, which does not", code[1], name)
			}
		}
	}
	for folder, files := range examples {
		if files["main.tf"] != "" {
			there = append(there, folder)
		}
	}
	slices.Sort(there)
	if sorted := slices.Sorted(slices.Values(listed)); len(there) == 0 || !slices.Equal(sorted, there) {
		t.Fatalf("examples/README.md lists %q, and there are %q", sorted, there)
	}
	return listed
}

var (
	// useCase is a row of a table: the folder, and the last cell.
	useCase    = regexp.MustCompile(`(?m)^\| \[([\w-]+)\]\([\w-]+/main\.tf\) \|.*\|(.*)\|$`)
	inlineCode = regexp.MustCompile("`([^`]+)`")
)

// writtenIDs are those of whatever was made or changed, keys of the configuration included.
func writtenIDs(w *acctest.World) []string {
	ids := map[string]bool{}
	for _, r := range w.Requests() {
		if r.Method == http.MethodGet || r.Route == acctest.RouteToken {
			continue
		}
		group, _ := r.JSON["_id"].(string)
		ids[r.ClientID], ids[r.RoomID], ids[group] = true, true, true
	}
	for _, id := range slices.Concat(w.BatchCalls()...) {
		ids[id] = true
	}
	for _, body := range w.SentConfig() {
		for key := range body {
			ids[key] = true
		}
	}
	delete(ids, "")
	return slices.Sorted(maps.Keys(ids))
}
