package session_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// said is what every noun says of an object that is not there, that is there already,
// and that nobody can see, in the words of the noun.
const said = `an import of nothing:
<Noun> to import does not exist
There is no <noun> "x" <where>. Check <it>, upper and lower case included, or remove the import and let Terraform create the <noun>.
an import without an id:
Missing <id>
The <id of> to import is empty. Write it as the id of the import.
an apply:
<Noun> already exists
<exists>
an apply that adopts:
Existing <noun> was taken over
<Noun> "x" was <where> already, and is managed from now on.
a plan that cannot see:
Server cannot <see>
This chat server has no call to <call>. The state is kept as it is: changes made elsewhere, and <gone> that are gone, cannot be seen.
`

const exists = `<Noun> "x" is <where> already; it was not changed. To manage it, import it, or set adopt_existing = true. ` +
	"If Terraform manages it already: a resource that got another name needs a moved block, one that create_before_destroy replaces " +
	"needs adopt_existing = true, and one that is tainted `terraform untaint`.\n\n" + `  import {
    to = <type>.NAME
    id = "x"
  }`

func TestWhatNounsSay(t *testing.T) {
	t.Parallel()
	onServer := func(noun, see, call, gone string) map[string]string {
		return map[string]string{
			"type": "imkit_" + noun, "noun": noun, "where": "on the server", "it": "the id", "id": noun + " ID", "id of": "ID of the " + noun,
			"see": see, "call": call, "gone": gone,
		}
	}
	for _, c := range []struct {
		words  map[string]string
		id     string
		config map[string]any
		put    func(*acctest.World)
		blind  func(*sandbox.Options)
	}{
		{
			onServer("client", "look up clients", "look up clients (GET /admin/clients)", "clients"), "id", nil,
			func(w *acctest.World) { w.PutClient("x", nil) }, func(o *sandbox.Options) { o.NoLookupRoute = true },
		},
		{
			onServer("room", "show rooms", "read a room (GET /rooms/{id})", "rooms and members"), "id", nil,
			func(w *acctest.World) { w.PutRoom("x", nil) }, func(o *sandbox.Options) { o.Rooms.NoRoutes = true },
		},
		{
			onServer("group", "list groups", "list user groups (GET /admin/groups)", "groups"), "id", map[string]any{"nickname": "X"},
			func(w *acctest.World) { w.PutGroup("x", map[string]any{"nickname": "X"}) }, func(o *sandbox.Options) { o.Groups.NoRoutes = true },
		},
		{
			map[string]string{
				"type": "imkit_config", "noun": "key", "where": "in the configuration", "it": "the key", "id": "key", "id of": "key",
				"see": "show the configuration", "call": "read the run-time configuration (GET /config)", "gone": "keys",
			},
			"key", map[string]any{"value": "v"},
			func(w *acctest.World) { w.PutConfig("x", "v") }, func(o *sandbox.Options) { o.Config.NoRoutes = true },
		},
	} {
		t.Run(c.words["noun"], func(t *testing.T) {
			t.Parallel()
			core := acctest.NewWorld(t, sandbox.Options{}).Core(t, c.words["type"])
			config := map[string]any{c.id: "x"}
			maps.Copy(config, c.config)
			var got strings.Builder
			note := func(what string, told acctest.Said) {
				got.WriteString(what + ":\n")
				for _, d := range told {
					got.WriteString(d.Summary + "\n" + d.Detail + "\n")
				}
			}
			planAndApply := func(adopting string) {
				core.W.ResetRequests()
				planned, told := core.Plan(config)
				if n := len(core.W.Requests()); n > 0 || len(told) > 0 {
					t.Errorf("to plan%s, it asked the server %d times, and said %q", adopting, n, told)
				}
				note("an apply"+adopting, core.Apply(planned))
			}
			note("an import of nothing", core.ImportByIdentity(map[string]string{c.id: "x"}))
			core.State = nil
			note("an import without an id", core.ImportByIdentity(map[string]string{c.id: ""}))
			c.put(core.W)
			planAndApply("")
			config["adopt_existing"] = true
			planAndApply(" that adopts")
			core.W.Configure(c.blind)
			_, told := core.Plan(config)
			note("a plan that cannot see", told)
			if diff := cmp.Diff(inWordsOf(c.words), got.String()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func inWordsOf(words map[string]string) string {
	pairs := []string{"<Noun>", strings.ToUpper(words["noun"][:1]) + words["noun"][1:]}
	for word, text := range words {
		pairs = append(pairs, "<"+word+">", text)
	}
	return strings.NewReplacer(pairs...).Replace(strings.ReplaceAll(said, "<exists>", exists))
}
