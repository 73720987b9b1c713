package client_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// oddClients are clients as servers may have them, by their ids.
func oddClients() map[string]map[string]any {
	number := func(digits string) json.Number { return json.Number(digits) }
	return map[string]map[string]any{
		"plain":      {"nickname": "Plain", "avatarUrl": "https://example.com/p.png", "description": "A client", "isRobot": true, "tier": "gold"},
		"bare":       {},
		"empty":      {"nickname": "", "avatarUrl": "", "description": "", "isRobot": false, "tier": ""},
		"cleared":    {"nickname": nil, "description": nil, "tier": nil},
		"${x}":       {"nickname": "${x} %{ if } $${y} %%{", "x${x}": "%{ for }", "nested": map[string]any{"%{": 1}},
		"say \"hi\"": {"nickname": "\\ \"q\" \t \r\n", "description": "EOT\nEOF\n"},
		"a/b?c#d% e": {"nickname": "a\x00b\x01\x1b[31mred\u2028\u202e\ufeff"},
		"ünïcødé-🤖":  {"nickname": "e\u0301", "letters": map[string]any{"e": "e\u0301"}},
		"5":          {"nickname": "5", "description": "true", "five": "5"},
		"[1]":        {"nickname": `{"a":1}`, "description": `[1,null,"x"]`},
		"numbers": {
			"big": number("9007199254740993"), "third": number("0.3333333333333333"), "tiny": number("5e-324"), "huge": number("1e400"),
			"long": number("123456789012345678901234567890.123456789"), "negative": -1,
		},
		"mixed": {"list": []any{1, "1", true, nil, []any{}, map[string]any{}, map[string]any{"n": nil}}, "json": `{ "a": 1}`},
		"keys":  {"o": map[string]any{"null": 1, "true": 2, "if": 3, "a b": 4, "a.b": 5, "": 6, "1": 7, "a-b": 8, "-a": 9, "a": 10, "for": 11}},
		" ":     {"nickname": " "},
		"...":   {"long": strings.Repeat("x", 100_000)},
	}
}

// outOfPlace are clients of which something cannot be written, with what is left out of each.
func outOfPlace() (fields map[string]map[string]any, leftOut map[string]string) {
	return map[string]map[string]any{
			"for":        {"for": 1},
			"for within": {"list": []any{map[string]any{"for": 1}}},
			"for in it":  {"nickname": `{"for":1}`},
			"picture":    {"avatarUrl": "pictures/1.png"},
			"infinite":   {"n": json.Number("1e999999999"), "ok": 1},
		}, map[string]string{
			"for": "custom_attributes", "for within": "custom_attributes",
			"for in it": "nickname", "picture": "avatar_url", "infinite": `custom_attributes."n"`,
		}
}

func worldOf(t *testing.T, all ...map[string]map[string]any) *acctest.World {
	t.Helper()
	w := acctest.NewWorld(t, sandbox.Options{})
	for _, clients := range all {
		for _, id := range slices.Sorted(maps.Keys(clients)) {
			w.PutClient(id, clients[id])
		}
	}
	return w
}

// What a query finds can be adopted as it is: the configuration that is generated
// of it changes nothing.
func TestClientListIsAdopted(t *testing.T) {
	t.Parallel()
	others, leftOut := outOfPlace()
	// A name that is missing, refused, or turned into another by Terraform, is not managed.
	unheld := map[string]map[string]any{"names": {"": 1, "$set": 1, "tokens.0": 1, "e\u0301": 2, "o": map[string]any{"e\u0301": 3}, "ok": 4}}
	w := worldOf(t, oddClients(), others, unheld)
	w.PutGroup("team", map[string]any{"nickname": "Team"})
	w.Configure(func(o *sandbox.Options) { o.Groups.InLookup = true })
	c := w.Core(t, "imkit_client")
	found, told := c.Query(acctest.Search{Include: true})
	if told.Failed() || len(found) != len(oddClients())+len(others)+len(unheld) {
		t.Fatalf("found %d clients:\n%s", len(found), told)
	}
	warned := map[string]string{}
	for _, d := range told {
		parts := regexp.MustCompile(`client (".*"): ([\w."]+)\. `).FindStringSubmatch(d.Detail)
		if parts == nil || d.Summary != "Attributes of client "+parts[1]+" were left out" {
			t.Fatal(d.Summary, d.Detail)
		}
		warned[strings.Trim(parts[1], `"`)] = parts[2]
	}
	acctest.Equal(t, "left out", leftOut, warned)
	c.AdoptEach(found)
}

// What no import could take is not in the result, and a warning says why.
func TestClientListLeavesOut(t *testing.T) {
	t.Parallel()
	for id, tc := range map[string]struct {
		fields            map[string]any
		without, included []string
	}{
		"e\u0301":       {nil, []string{"Client \"e\u0301\" was left out", `Its id, "e\u0301", is not in Unicode NFC`}, []string{`Its id, "e\u0301", is not in Unicode NFC`}},
		`{ "for": 1 }`:  {nil, nil, []string{"Its id is JSON", `id = "{ \"for\": 1 }"`}},
		"..":            {nil, []string{`Client ".." was left out`, "proxies remove"}, []string{"proxies remove"}},
		"and this fits": {nil, nil, nil},
	} {
		t.Run(fmt.Sprintf("%+q", id), func(t *testing.T) {
			t.Parallel()
			w := worldOf(t, map[string]map[string]any{id: tc.fields, "another": nil})
			c := w.Core(t, "imkit_client")
			for include, words := range map[bool][]string{false: tc.without, true: tc.included} {
				found, told := c.Query(acctest.Search{Include: include})
				want := 2
				if words != nil {
					want = 1
				}
				if len(found) != want || told.Failed() {
					t.Errorf("found %v:\n%s", found, told)
				}
				acctest.Says(t, told.String(), words...)
			}
		})
	}
}

func TestClientListShowsNames(t *testing.T) {
	t.Parallel()
	w := worldOf(t, map[string]map[string]any{"a": {"nickname": "Ann"}, "b": {"nickname": "\x1b[2J\n"}, "c\td": nil})
	w.Core(t, "imkit_client").Named(acctest.Search{Config: map[string]any{"filter": `{"_id":{"$ne":"a"}}`}}, "[2J", "c d")
}

// Of ten thousand clients the first shows after the first page, and a limit asks
// for no more pages than it takes.
func TestClientListPageByPage(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	for i := range 10_000 {
		w.PutClient(fmt.Sprintf("client-%05d", i), map[string]any{"nickname": "N"})
	}
	c, n := w.Core(t, "imkit_client"), 0
	found, told := c.Query(acctest.Search{Limit: 20_000, Include: true, Each: func(acctest.Found) {
		if want := n/100 + 1; w.Count(http.MethodGet, acctest.RouteClients) != want {
			t.Fatalf("result %d came after %d pages, want %d", n+1, w.Count("", ""), want)
		}
		n++
	}})
	if told.Failed() || len(found) != 10_000 || w.Count("", "") != 100 {
		t.Errorf("found %d by %d requests:\n%s", len(found), w.Count("", ""), told)
	}
	for limit, want := range map[int64]int{5: 1, 0: 1, 101: 2} {
		w.ResetRequests()
		found, told := c.Query(acctest.Search{Limit: limit})
		if limit == 0 {
			limit = acctest.DefaultLimit
		}
		if told.Failed() || int64(len(found)) != limit || w.Count("", "") != want {
			t.Errorf("limit %d: found %d by %d requests:\n%s", limit, len(found), w.Count("", ""), told)
		}
	}
}

func TestClientListFails(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	for i := range 150 {
		w.PutClient(fmt.Sprintf("client-%03d", i), nil)
	}
	c := w.Core(t, "imkit_client")

	for filter, words := range map[string]string{`[]`: "an array, not an object", `{`: "JSON", `x`: "not JSON", ``: "empty"} {
		found, told := c.Query(acctest.Search{Config: map[string]any{"filter": filter}})
		if found != nil || !told.Failed() || len(w.Requests()) > 0 {
			t.Errorf("filter %q: found %d by %d requests", filter, len(found), len(w.Requests()))
		}
		acctest.Says(t, told.String(), "Invalid filter", words, "jsonencode")
	}

	w.Inject(sandbox.Fault{Status: http.StatusForbidden, Body: `{"RC":403,"RM":"Forbidden"}`, Skip: 1})
	found, told := c.Query(acctest.Search{Limit: 1000})
	if len(found) != 100 || !told.Failed() {
		t.Errorf("found %d:\n%s", len(found), told)
	}
	acctest.Says(t, told.String(), "Unable to list clients", "HTTP 403", "IMKIT_API_KEY")

	// Somebody is gone each time that the pages are turned.
	w.ClearFaults()
	w.SetHook(func(r *http.Request) {
		if r.URL.Query().Get("skip") == "100" {
			w.RemoveClient(w.ClientIDs()[0])
		}
	})
	found, told = c.Query(acctest.Search{Limit: 1000})
	if len(found) != 150 || told.Failed() || len(told) != 1 {
		t.Errorf("found %d:\n%s", len(found), told)
	}
	acctest.Says(t, told.String(), "Some clients may be missing")

	c.Settings["base_url"] = acctest.Unknown
	w.ResetRequests()
	if found, told = c.Query(acctest.Search{}); found != nil || len(w.Requests()) > 0 {
		t.Errorf("found %d by %d requests", len(found), len(w.Requests()))
	}
	acctest.Says(t, told.String(), "not configured yet")
}

// Terraform writes configuration for what a query finds, with nothing in it that
// need not be said, and its plan changes nothing.
func TestClientListGeneratesConfiguration(t *testing.T) {
	t.Parallel()
	if !acctest.Knows(t, acctest.Queries) {
		return
	}
	others, leftOut := outOfPlace()
	unheld := map[string]map[string]any{"names": {"": 1, "e\u0301": 2, "ok": 4}, "e\u0301": nil, `{ "for": 1 }`: nil}
	w := worldOf(t, oddClients(), others, unheld)
	c := w.CLI(t, "")
	c.WriteFile("all.tfquery.hcl", "list \"imkit_client\" \"all\" {\n  provider = imkit\n}\n")
	output := c.Must("query", "-generate-config-out=generated.tf")
	// Each by its name: of warnings with one summary, Terraform shows the first.
	acctest.Says(t, output, `Client "{ \"for\": 1 }" was left out`, "Client \"e\u0301\" was left out")
	for id := range leftOut {
		acctest.Says(t, output, fmt.Sprintf("Attributes of client %q were left out", id))
	}
	generated := c.ReadFile("generated.tf")
	for _, needless := range []string{"null", "adopt_existing", "on_destroy", "app_id", `""`} {
		if lines := regexp.MustCompile(`(?m)^  \S+ += `+needless+`$|^  `+needless+` +=.*$`).FindAllString(generated, -1); lines != nil {
			t.Errorf("need not be said: %q", lines)
		}
	}
	count := len(oddClients()) + len(others) + 1
	acctest.Says(t, c.Must("plan", "-out=saved"), fmt.Sprintf("%d to import, 0 to add, 0 to change, 0 to destroy", count))
	w.ResetRequests()
	acctest.Says(t, c.Must("apply", "saved"), fmt.Sprintf("%d imported, 0 added, 0 changed, 0 destroyed", count))
	c.Empty()
	w.NothingSent(t)
}

// Text that is JSON is written by Terraform in a spelling of its own, and the plan
// shows that.
func TestClientListRespellsJSON(t *testing.T) {
	t.Parallel()
	if !acctest.Knows(t, acctest.Queries) {
		return
	}
	w := worldOf(t, map[string]map[string]any{"spaced": {"nickname": `{ "a": 1 }`}, "plain": {"nickname": "Plain"}})
	c := w.CLI(t, "")
	c.WriteFile("all.tfquery.hcl", "list \"imkit_client\" \"all\" {\n  provider = imkit\n}\n")
	output := c.Must("query", "-generate-config-out=generated.tf")
	acctest.SaysNot(t, output, "Warning")
	acctest.Says(t, c.Must("plan"), "2 to import, 0 to add, 1 to change, 0 to destroy")

	w.PutClient(`{ "id": 1 }`, nil)
	c.Must("query", "-generate-config-out=again.tf")
	c.WriteFile("generated.tf", "")
	acctest.Says(t, c.Fails("plan"), "Client to import does not exist", `"{\"id\":1}"`)
}
