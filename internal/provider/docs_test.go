package provider_test

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	fences   = regexp.MustCompile("(?ms)^ *```.*?^ *```$")
	headings = regexp.MustCompile(`(?m)^#+ +(.*)$`)
	anchors  = regexp.MustCompile(`<a id="([^"]+)">`)
	links    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	// What GitHub and the registry leave out of the anchor of a heading.
	unanchored = regexp.MustCompile(`[^\pL\pN _-]`)
)

// TestPages checks that every page shows how to use what it is about, says what that
// needs, and that every link between pages leads somewhere.
func TestPages(t *testing.T) {
	t.Parallel()
	const root = "../.."
	pages := map[string]string{}
	read := func(name string) {
		content, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		pages[name] = string(content)
	}
	for _, name := range []string{"README.md", "CONTRIBUTING.md", "SECURITY.md", "examples/README.md"} {
		read(name)
	}
	err := fs.WalkDir(os.DirFS(root), "docs", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			read(name)
			for _, needed := range []string{"## Example Usage\n\n", "required_providers"} {
				if !strings.HasPrefix(name, "docs/guides/") && !strings.Contains(pages[name], needed) {
					t.Errorf("%s does not have %q", name, needed)
				}
			}
		}
		return err
	})
	if err != nil || len(pages) < 10 {
		t.Fatalf("read %d pages: %v", len(pages), err)
	}
	for name, page := range pages {
		for _, link := range links.FindAllStringSubmatch(fences.ReplaceAllString(page, ""), -1) {
			checkLink(t, root, pages, name, link[1])
		}
	}
}

// checkLink checks one link of a page, if it leads to a file of this repository.
func checkLink(t *testing.T, root string, pages map[string]string, from, link string) {
	t.Helper()
	if strings.Contains(link, "://") {
		return
	}
	file, anchor, _ := strings.Cut(link, "#")
	target := from
	if file != "" {
		target = path.Join(path.Dir(from), file)
	}
	if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(target))); err != nil {
		t.Errorf("%s leads to %s, which is not there", from, link)
		return
	}
	if anchor != "" && !anchorsOf(pages[target])[anchor] {
		t.Errorf("%s leads to %s, but there is no such heading", from, link)
	}
}

func anchorsOf(page string) map[string]bool {
	found := map[string]bool{}
	for _, heading := range headings.FindAllStringSubmatch(fences.ReplaceAllString(page, ""), -1) {
		text := unanchored.ReplaceAllString(strings.ToLower(heading[1]), "")
		found[strings.ReplaceAll(strings.TrimSpace(text), " ", "-")] = true
	}
	for _, anchor := range anchors.FindAllStringSubmatch(page, -1) {
		found[anchor[1]] = true
	}
	return found
}
