package provider_test

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
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
	for _, name := range []string{"README.md", "CONTRIBUTING.md", "SECURITY.md", "examples/README.md", "internal/imkit/README.md"} {
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

// TestGuidesInOrder checks that the titles of the guides, which registries sort by name,
// are numbered in the order in which the first page and the README name them.
func TestGuidesInOrder(t *testing.T) {
	t.Parallel()
	const docs = "../../docs/"
	guides, err := filepath.Glob(docs + "guides/*.md")
	if err != nil || len(guides) == 0 {
		t.Fatalf("%d guides: %v", len(guides), err)
	}
	order := map[string]string{} // file by title
	for _, guide := range guides {
		title := pageTitle.FindStringSubmatch(readPage(t, guide))
		if title == nil {
			t.Fatalf("%s has no title", guide)
		}
		order[title[1]] = filepath.Base(guide)
	}
	var want []string
	for i, title := range slices.Sorted(maps.Keys(order)) {
		if number := fmt.Sprintf("%02d ", i+1); !strings.HasPrefix(title, number) {
			t.Errorf("the title %q does not begin with %q", title, number)
		}
		want = append(want, order[title])
	}
	for _, page := range []string{docs + "index.md", "../../README.md"} {
		content := readPage(t, page)
		_, list, _ := strings.Cut(content, guideLists[filepath.Base(page)])
		var got []string
		for _, link := range guideLink.FindAllStringSubmatch(list, -1) {
			got = append(got, link[1])
		}
		acctest.Equal(t, "the order of the guides on "+page, want, got)
	}
}

var (
	pageTitle = regexp.MustCompile(`(?m)^page_title: "(.*)"$`)
	guideLink = regexp.MustCompile(`\(\S*guides/([a-z-]+\.md)\)`)
	// guideLists are the headings under which a page lists all guides.
	guideLists = map[string]string{"index.md": "## Where to Go Next", "README.md": "## Documentation"}
)

func readPage(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(name) //nolint:gosec // a file of this repository
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
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
