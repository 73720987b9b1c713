package provider_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

const examplesDir = "../../examples"

// example is a configuration, data files included: file names and what stands in
// them.
type example map[string]string

// TestExamples has a real Terraform validate every example, and every piece of
// configuration in the guides, with the provider under test. Providers that are not built in are not to be had here: what they
// stand for is replaced, and all that concerns imkit is validated all the same.
func TestExamples(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	reattach := w.Serve(t)
	formatted := acctest.BareCLI(t, reattach)
	if output, exitCode := formatted.Run("fmt", "-check", "-diff", "-recursive", absolute(t, examplesDir)); exitCode != 0 {
		t.Errorf("examples are not formatted, run \"make fmt\":\n%s", output)
	}

	examples := readExamples(t)
	maps.Copy(examples, readGuides(t))
	for _, name := range slices.Sorted(maps.Keys(examples)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := acctest.BareCLI(t, reattach)
			unknown, problems := validateExample(c, examples[name])
			switch {
			case !unknown && problems != "":
				t.Error(problems)
			case unknown && problems == "":
				t.Error("the example is said to use what this core does not know, but it is accepted")
			}
		})
	}
}

// TestExamplesThatAreWrong shows that a mistake in an example is found.
func TestExamplesThatAreWrong(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	reattach := w.Serve(t)
	robot := "resource \"imkit_client\" \"robot\" {\n  id = \"robot\"\n}\n"
	for name, c := range map[string]struct{ config, want string }{
		"attribute":                      {"resource \"imkit_client\" \"robot\" {\n  id   = \"robot\"\n  nick = \"x\"\n}\n", "nick"},
		"reference":                      {robot + "output \"x\" {\n  value = imkit_client.robot.nick\n}\n", "nick"},
		"syntax":                         {robot + "output {", "main.tf"},
		"attribute beside others":        {"resource \"time_static\" \"x\" {}\nresource \"imkit_client\" \"robot\" {\n  id   = time_static.x.id\n  nick = \"x\"\n}\n", "nick"},
		"reference from another":         {robot + "resource \"aws_x\" \"y\" {\n  z {\n    a = imkit_client.robot.nick\n  }\n}\n", "nick"},
		"reference of another's to ours": {robot + "data \"aws_x\" \"y\" {\n  a = imkit_client.robt.id\n}\n", "robt"},
		"attribute of a query":           {"list \"imkit_client\" \"x\" {\n  provider = imkit\n  config {\n    filtr = \"{}\"\n  }\n}\n", "filtr"},
		"filter of a query":              {"list \"imkit_client\" \"x\" {\n  provider = imkit\n  config {\n    filter = \"[]\"\n  }\n}\n", "Invalid filter"},
		"type of a query":                {"list \"imkit_room\" \"x\" {\n  provider = imkit\n}\n", "imkit_room"},
	} {
		file := "main.tf"
		if query.MatchString(c.config) {
			if !acctest.Queries.IsKnown(t) {
				continue
			}
			file = "main" + queryExtension
		}
		if _, problems := validateExample(acctest.BareCLI(t, reattach), example{file: c.config}); !strings.Contains(problems, c.want) {
			t.Errorf("%s: problems are %q, want some with %q", name, problems, c.want)
		}
	}
}

// readExamples reads what has to be valid by itself: each folder with .tf files, or with queries.
// Of its files that show how to import, only one counts at a time.
func readExamples(t *testing.T) map[string]example {
	t.Helper()
	folders, imports := map[string]example{}, map[string]example{}
	files := os.DirFS(examplesDir)
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.Name() == ".terraform": // somebody tried an example
			return fs.SkipDir
		case !slices.Contains([]string{".tf", ".hcl", ".csv", ".yaml"}, path.Ext(name)):
			return nil
		}
		content, err := fs.ReadFile(files, name)
		folder, file := path.Dir(name), path.Base(name)
		if strings.HasSuffix(file, testExtension) { // belongs to the module in the folder above
			folder, file = path.Dir(folder), path.Join(path.Base(folder), file)
		}
		into := folders
		if strings.HasPrefix(file, "import-") {
			into = imports
		}
		if into[folder] == nil {
			into[folder] = example{}
		}
		into[folder][file] = string(content)
		return err
	})
	if err != nil || len(folders) == 0 {
		t.Fatalf("read %d folders of examples: %v", len(folders), err)
	}
	for folder, files := range imports {
		for file, content := range files {
			together := example{file: content}
			maps.Copy(together, folders[folder])
			folders[path.Join(folder, file)] = together
		}
	}
	return folders
}

// writeExample puts an example into a working directory, with other providers replaced. It
// reports whether the example uses what the core does not know.
func writeExample(c *acctest.CLI, files example) (unknown bool, err error) {
	c.T.Helper()
	bodies := map[string]*hclsyntax.Body{}
	for name, content := range files {
		if path.Ext(name) != ".tf" { // data that the configuration reads
			c.WriteFile(name, content)
			continue
		}
		file, diags := hclsyntax.ParseConfig([]byte(content), name, hcl.InitialPos)
		if diags.HasErrors() {
			return false, diags
		}
		body, ok := file.Body.(*hclsyntax.Body)
		if !ok {
			c.T.Fatalf("%s: body is %T", name, file.Body)
		}
		bodies[name] = body
	}
	others := otherObjects(bodies)
	for name, body := range bodies {
		unknown = unknown || usesUnknown(c, body)
		c.WriteFile(name, replaceOthers(files[name], body, others))
	}
	if len(others) > 0 {
		c.WriteFile("zz_others.tf", "variable \"zz_other\" {\n  type    = any\n  default = \"another's\"\n}\n")
	}
	return unknown || hasQueries(files) && !acctest.Queries.IsKnown(c.T), nil
}

// validateExample reports whether an example uses what the core does not know, and what is
// wrong with the example, warnings included.
func validateExample(c *acctest.CLI, files example) (unknown bool, problems string) {
	c.T.Helper()
	unknown, err := writeExample(c, files)
	if err != nil {
		return false, err.Error()
	}
	queries := hasQueries(files)
	passedOver := queries && !acctest.Queries.IsKnown(c.T)
	if output, exitCode := c.Run("init", "-backend=false"); exitCode != 0 {
		return unknown, output
	}
	if passedOver {
		output, _ := c.Run("query")
		return true, output
	}
	validate := []string{"validate", "-json"}
	if queries {
		validate = append(validate, "-query")
	}
	output, _ := c.Run(validate...)
	var result struct {
		Diagnostics []struct {
			Severity string `json:"severity"`
			Summary  string `json:"summary"`
			Detail   string `json:"detail"`
		} `json:"diagnostics"`
	}
	if err := json.Unmarshal([]byte(output), &result); err != nil {
		c.T.Fatalf("%v:\n%s", err, output)
	}
	for _, d := range result.Diagnostics {
		problems += fmt.Sprintf("%s: %s: %s\n", d.Severity, d.Summary, d.Detail)
	}
	return unknown, problems
}

// queryExtension is that of files with queries, testExtension of those with tests of a module.
const queryExtension, testExtension = ".tfquery.hcl", ".tftest.hcl"

func hasQueries(files example) bool {
	for name := range files {
		if strings.HasSuffix(name, queryExtension) {
			return true
		}
	}
	return false
}

// usesUnknown reports whether a file uses a feature that the core does not know.
func usesUnknown(c *acctest.CLI, body *hclsyntax.Body) bool {
	c.T.Helper()
	var used []acctest.Feature
	for _, block := range body.Blocks {
		if block.Type == "removed" && len(block.Body.Blocks) > 0 { // bare, it is older in OpenTofu
			used = append(used, acctest.RemovedLifecycle)
		}
		if block.Type == "ephemeral" || block.Body.Attributes["ephemeral"] != nil {
			used = append(used, acctest.EphemeralValues)
		}
		if block.Type == "import" && block.Body.Attributes["identity"] != nil {
			used = append(used, acctest.ImportIdentity)
		}
		if block.Type == "action" || triggersActions(block) {
			used = append(used, acctest.Actions)
		}
		for name := range block.Body.Attributes {
			if strings.HasSuffix(name, "_wo") {
				used = append(used, acctest.WriteOnly)
			}
		}
	}
	return slices.ContainsFunc(used, func(f acctest.Feature) bool { return !f.IsKnown(c.T) })
}

// triggersActions tells of a resource that invokes actions in its lifecycle.
func triggersActions(block *hclsyntax.Block) bool {
	for _, nested := range block.Body.Blocks {
		if nested.Type == "lifecycle" && slices.ContainsFunc(nested.Body.Blocks, func(b *hclsyntax.Block) bool { return b.Type == "action_trigger" }) {
			return true
		}
	}
	return false
}

func absolute(t *testing.T, name string) string {
	t.Helper()
	name, err := filepath.Abs(name)
	if err != nil {
		t.Fatal(err)
	}
	return name
}
