package provider

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
	w := newWorld(t, sandbox.Options{})
	reattach := w.serve(t)
	formatted := w.bareCLI(t, reattach)
	if output, exitCode := formatted.run("fmt", "-check", "-diff", "-recursive", absolute(t, examplesDir)); exitCode != 0 {
		t.Errorf("examples are not formatted, run \"make fmt\":\n%s", output)
	}

	examples := readExamples(t)
	maps.Copy(examples, readGuides(t))
	for _, name := range slices.Sorted(maps.Keys(examples)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := w.bareCLI(t, reattach)
			unknown, problems := c.validate(examples[name])
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
	w := newWorld(t, sandbox.Options{})
	reattach := w.serve(t)
	robot := "resource \"imkit_client\" \"robot\" {\n  id = \"robot\"\n}\n"
	for name, c := range map[string]struct{ config, want string }{
		"attribute":                      {"resource \"imkit_client\" \"robot\" {\n  id   = \"robot\"\n  nick = \"x\"\n}\n", "nick"},
		"reference":                      {robot + "output \"x\" {\n  value = imkit_client.robot.nick\n}\n", "nick"},
		"syntax":                         {robot + "output {", "main.tf"},
		"attribute beside others":        {"resource \"time_static\" \"x\" {}\nresource \"imkit_client\" \"robot\" {\n  id   = time_static.x.id\n  nick = \"x\"\n}\n", "nick"},
		"reference from another":         {robot + "resource \"aws_x\" \"y\" {\n  z {\n    a = imkit_client.robot.nick\n  }\n}\n", "nick"},
		"reference of another's to ours": {robot + "data \"aws_x\" \"y\" {\n  a = imkit_client.robt.id\n}\n", "robt"},
	} {
		if _, problems := w.bareCLI(t, reattach).validate(example{"main.tf": c.config}); !strings.Contains(problems, c.want) {
			t.Errorf("%s: problems are %q, want some with %q", name, problems, c.want)
		}
	}
}

// readExamples reads what has to be valid by itself: each folder with .tf files.
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
		case !slices.Contains([]string{".tf", ".csv", ".yaml"}, path.Ext(name)):
			return nil
		}
		content, err := fs.ReadFile(files, name)
		folder, file := path.Dir(name), path.Base(name)
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

// bareCLI is a working directory without any configuration.
func (w *world) bareCLI(t *testing.T, reattach string) *cli {
	t.Helper()
	return &cli{
		t: t, dir: t.TempDir(), binary: os.Getenv("TF_ACC_TERRAFORM_PATH"),
		env: append(os.Environ(), "TF_REATTACH_PROVIDERS="+reattach, "TF_IN_AUTOMATION=1", "TF_INPUT=0"),
	}
}

// validate tells whether an example uses what the core does not know, and what is
// wrong with the example, warnings included.
func (c *cli) validate(files example) (unknown bool, problems string) {
	c.t.Helper()
	bodies := map[string]*hclsyntax.Body{}
	for name, content := range files {
		if path.Ext(name) != ".tf" { // data that the configuration reads
			if err := os.WriteFile(filepath.Join(c.dir, name), []byte(content), 0o600); err != nil {
				c.t.Fatal(err)
			}
			continue
		}
		file, diags := hclsyntax.ParseConfig([]byte(content), name, hcl.InitialPos)
		if diags.HasErrors() {
			return false, diags.Error()
		}
		body, ok := file.Body.(*hclsyntax.Body)
		if !ok {
			c.t.Fatalf("%s: body is %T", name, file.Body)
		}
		bodies[name] = body
	}
	others := otherObjects(bodies)
	for name, body := range bodies {
		unknown = unknown || c.usesUnknown(body)
		content := replaceOthers(files[name], body, others)
		if err := os.WriteFile(filepath.Join(c.dir, name), []byte(content), 0o600); err != nil {
			c.t.Fatal(err)
		}
	}
	if len(others) > 0 {
		if err := os.WriteFile(filepath.Join(c.dir, "zz_others.tf"), []byte("variable \"zz_other\" {\n  type = any\n}\n"), 0o600); err != nil {
			c.t.Fatal(err)
		}
	}

	if output, exitCode := c.run("init", "-backend=false"); exitCode != 0 {
		return unknown, output
	}
	output, _ := c.run("validate", "-json")
	var result struct {
		Diagnostics []struct {
			Severity string `json:"severity"`
			Summary  string `json:"summary"`
			Detail   string `json:"detail"`
		} `json:"diagnostics"`
	}
	if err := json.Unmarshal([]byte(output), &result); err != nil {
		c.t.Fatalf("%v:\n%s", err, output)
	}
	for _, d := range result.Diagnostics {
		problems += fmt.Sprintf("%s: %s: %s\n", d.Severity, d.Summary, d.Detail)
	}
	return unknown, problems
}

// usesUnknown tells whether a file uses a feature that the core does not know.
func (c *cli) usesUnknown(body *hclsyntax.Body) bool {
	c.t.Helper()
	var used []feature
	for _, block := range body.Blocks {
		if block.Type == "removed" && len(block.Body.Blocks) > 0 { // bare, it is older in OpenTofu
			used = append(used, removedLifecycle)
		}
		if block.Type == "ephemeral" || block.Body.Attributes["ephemeral"] != nil {
			used = append(used, ephemeralValues)
		}
		if block.Type == "import" && block.Body.Attributes["identity"] != nil {
			used = append(used, importIdentity)
		}
		for name := range block.Body.Attributes {
			if strings.HasSuffix(name, "_wo") {
				used = append(used, writeOnly)
			}
		}
	}
	return slices.ContainsFunc(used, func(f feature) bool { return !f.isKnown(c.t) })
}

// otherObjects are the addresses of objects of providers that are not here.
func otherObjects(bodies map[string]*hclsyntax.Body) map[string]bool {
	others := map[string]bool{}
	for _, body := range bodies {
		for _, block := range body.Blocks {
			if isOther(block) && len(block.Labels) == 2 {
				others[address(block)] = true
			}
		}
	}
	return others
}

// isOther tells whether a block belongs to a provider that is not here.
func isOther(block *hclsyntax.Block) bool {
	switch block.Type {
	case "resource", "data", "ephemeral", "provider":
		provider, _, _ := strings.Cut(block.Labels[0], "_")
		return provider != "imkit" && provider != "terraform"
	}
	return false
}

func address(block *hclsyntax.Block) string {
	address := strings.Join(block.Labels, ".")
	if block.Type != "resource" {
		address = block.Type + "." + address
	}
	return address
}

// edit puts text in place of a part of a file.
type edit struct {
	hcl.Range
	text string
}

// replaceOthers takes what belongs to other providers out of a file. Their
// blocks become local values that hold the expressions of their arguments, and
// references to them a variable of any type.
func replaceOthers(content string, body *hclsyntax.Body, others map[string]bool) string {
	var edits []edit
	for _, block := range body.Blocks {
		switch {
		case isOther(block):
			standIn := fmt.Sprintf("locals {\n  zz_line_%d_of_%s = [\n%s  ]\n}", block.Range().Start.Line,
				strings.TrimSuffix(block.Range().Filename, ".tf"), arguments(content, block.Body, others))
			edits = append(edits, edit{block.Range(), standIn})
		case block.Type == "terraform":
			for _, nested := range block.Body.Blocks {
				for name, attribute := range nested.Body.Attributes {
					if nested.Type == "required_providers" && name != "imkit" {
						edits = append(edits, edit{attribute.Range(), ""})
					}
				}
			}
		default:
			edits = append(edits, references(block, others)...)
		}
	}
	return apply(content, edits, 0)
}

// arguments lists the expressions in a block and the blocks in it.
func arguments(content string, body *hclsyntax.Body, others map[string]bool) string {
	var list strings.Builder
	for _, name := range slices.Sorted(maps.Keys(body.Attributes)) {
		expression := body.Attributes[name].Expr
		at := expression.Range()
		text := apply(content[at.Start.Byte:at.End.Byte], references(expression, others), at.Start.Byte)
		fmt.Fprintf(&list, "    %s,\n", text)
	}
	for _, block := range body.Blocks {
		list.WriteString(arguments(content, block.Body, others))
	}
	return list.String()
}

// references finds those that lead to other providers.
func references(node hclsyntax.Node, others map[string]bool) []edit {
	var edits []edit
	_ = hclsyntax.VisitAll(node, func(n hclsyntax.Node) hcl.Diagnostics {
		reference, ok := n.(*hclsyntax.ScopeTraversalExpr)
		if !ok {
			return nil
		}
		address := reference.Traversal.RootName()
		for _, step := range reference.Traversal[1:] {
			if attribute, ok := step.(hcl.TraverseAttr); ok {
				address += "." + attribute.Name
			}
			if others[address] {
				edits = append(edits, edit{reference.Range(), "var.zz_other"})
				break
			}
		}
		return nil
	})
	return edits
}

// apply makes edits to a text that begins at an offset of its file.
func apply(text string, edits []edit, offset int) string {
	slices.SortFunc(edits, func(a, b edit) int { return b.Start.Byte - a.Start.Byte })
	for _, e := range edits {
		text = text[:e.Start.Byte-offset] + e.text + text[e.End.Byte-offset:]
	}
	return text
}

func absolute(t *testing.T, name string) string {
	t.Helper()
	name, err := filepath.Abs(name)
	if err != nil {
		t.Fatal(err)
	}
	return name
}
