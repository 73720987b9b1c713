package session_test

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

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
The <id of> to import is empty. Set it as the id of the import block, or as the last argument of terraform import.
an import of dots:
Invalid <id>
This <noun> cannot be imported: the <key> is "..", which proxies remove from the path of a URL, however it is encoded.
an apply:
<Noun> already exists
<exists>
an apply that adopts:
Existing <noun> was adopted
<Noun> "x" was <where> already, and is managed from now on.
a plan that cannot see:
Server cannot <see>
This chat server has no call to <call>. The state is kept as it is: changes made elsewhere, and <gone> that are gone, cannot be seen.
`

const exists = `<Noun> "x" is <where> already; it was not changed. To manage it, import it or set adopt_existing = true. ` +
	"If Terraform manages it already: a renamed resource needs a moved block, one that create_before_destroy replaces " +
	"needs adopt_existing = true, and a tainted one needs `terraform untaint`.\n\n" + `  import {
    to = <type>.NAME
    id = "x"
  }`

func TestWhatNounsSay(t *testing.T) {
	t.Parallel()
	onServer := func(noun, see, call, gone string) map[string]string {
		return map[string]string{
			"type": "imkit_" + noun, "noun": noun, "where": "on the server", "it": "the id", "id": noun + " ID", "id of": "ID of the " + noun, "key": noun + " id",
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
				"type": "imkit_config", "noun": "key", "where": "in the configuration", "it": "the key", "id": "key", "id of": "key", "key": "key",
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
			note("an import of dots", core.ImportByIdentity(map[string]string{c.id: ".."}))
			c.put(core.W)
			planAndApply("")
			config["adopt_existing"] = true
			planAndApply(" that adopts")
			core.W.Configure(c.blind)
			_, told := core.Plan(config)
			note("a plan that cannot see", told)
			acctest.Equal(t, "said", inWordsOf(c.words), got.String())
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

// Terraform 1.12 is the first to send identities, so the protocol is spoken here as it
// would. The id of an import comes back as it was given, and what was imported is known.
func TestImportByIdentity(t *testing.T) {
	t.Parallel()
	const odd = "a/b c%20é"
	id := map[string]string{"id": odd}
	for typeName, c := range map[string]struct {
		identity map[string]string
		config   map[string]any
		put      func(*acctest.World)
		remove   func(*acctest.World)
	}{
		"imkit_client": {
			id, map[string]any{"id": odd, "nickname": "X"},
			func(w *acctest.World) { w.PutClient(odd, map[string]any{"nickname": "X"}) }, func(w *acctest.World) { w.RemoveClient(odd) },
		},
		"imkit_room": {
			id, map[string]any{"id": odd, "name": "X"},
			func(w *acctest.World) { w.PutRoom(odd, map[string]any{"name": "X"}) }, func(w *acctest.World) { w.DeleteRoom(odd) },
		},
		"imkit_room_member": {
			map[string]string{"room_id": odd, "client_id": "ann"}, map[string]any{"room_id": odd, "client_id": "ann"},
			func(w *acctest.World) { w.PutRoom(odd, map[string]any{"members": []any{"ann"}}) }, func(w *acctest.World) { w.RemoveMembers(odd, "ann") },
		},
		"imkit_group": {
			id, map[string]any{"id": odd, "nickname": "X", "member_ids": []any{"ann", "bob"}},
			func(w *acctest.World) {
				w.PutGroup(odd, map[string]any{"nickname": "X", "members": []any{"bob", "ann", "bob"}})
			}, func(w *acctest.World) { w.RemoveGroup(odd) },
		},
		"imkit_config": {
			map[string]string{"key": odd}, map[string]any{"key": odd, "value": "X"},
			func(w *acctest.World) { w.PutConfig(odd, "X") }, func(w *acctest.World) { w.RemoveConfig(odd) },
		},
	} {
		t.Run(typeName, func(t *testing.T) {
			t.Parallel()
			core := acctest.NewWorld(t, sandbox.Options{}).Core(t, typeName)
			core.W.People("ann", "bob")
			c.put(core.W)
			if told := core.ImportByIdentity(c.identity); told.Failed() {
				t.Fatal(told)
			}
			core.MustPlan(c.config, acctest.NoChange)
			acctest.Equal(t, "identity after the read", c.identity, core.Identity())
			c.remove(core.W)
			core.MustPlan(c.config, acctest.ToCreate)
			core.Settle(c.config)
			acctest.Equal(t, "identity of a new one", c.identity, core.Identity())
		})
	}
}

// manyNouns are nouns that a server may not have, and what is said of that. A block has
// two names: of the resource, and of the object.
var manyNouns = map[string]struct {
	block        func(name, id string) string
	lacks        func(*sandbox.Options)
	once, exists string
	// What fails, and the route of what creates.
	read, create, show, destroy, route string
	data                               string
}{
	"imkit_room": {
		func(name, id string) string { return named(name, acctest.Room(id)) },
		func(o *sandbox.Options) { o.Rooms.NoRoutes = true }, "Server cannot show rooms", "Room already exists",
		"read room", "look for room", "read room", "freeze room", acctest.RouteRooms, "data \"imkit_room\" \"x\" {\n  id = \"one\"\n}\n",
	},
	"imkit_group": {
		func(name, id string) string { return named(name, acctest.Group(id, `nickname = "Team"`)) },
		func(o *sandbox.Options) { o.Groups.NoRoutes = true }, "Server cannot list groups", "Group already exists",
		"read group", "create group", "list groups", "", acctest.RouteGroups, "data \"imkit_groups\" \"x\" {}\n",
	},
	"imkit_config": {
		func(name, id string) string { return named(name, acctest.ConfigKey(id, "1")) },
		func(o *sandbox.Options) { o.Config.NoRoutes = true }, "Server cannot show the configuration", "Key already exists",
		"read configuration key", "create configuration key", "read configuration", "delete configuration key", acctest.RouteConfig, "data \"imkit_config\" \"x\" {}\n",
	},
}

// named gives the resource of a block another name.
func named(name, block string) string {
	return strings.Replace(block, `"test"`, fmt.Sprintf("%q", name), 1)
}

// A server that lacks a noun is told once in a run, and nothing leaves the state. What
// needs it is an error.
func TestServersWithoutANoun(t *testing.T) {
	t.Parallel()
	const unknown = "The server does not know this call"
	for typeName, c := range manyNouns {
		t.Run(typeName, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewWorld(t, sandbox.Options{})
			two := c.block("one", "one") + c.block("two", "two")
			cli := w.CLI(t, two)
			cli.Apply()
			w.Configure(c.lacks)
			acctest.SaidOnce(t, cli.Empty(), c.once)
			three := two + c.block("three", "three")
			cli.Write(w.Config(three + fmt.Sprintf("import {\n  to = %s.three\n  id = \"three\"\n}\n", typeName)))
			acctest.Says(t, cli.Fails("plan"), "Unable to "+c.read, `"three"`, unknown)
			cli.Write(w.Config(three))
			acctest.Says(t, cli.Fails("apply", "-auto-approve"), "Unable to "+c.create, unknown)
			cli.Write(w.Config(c.data))
			acctest.Says(t, cli.Fails("plan"), "Unable to "+c.show, unknown)
			cli.Write(w.Config(two))
			acctest.Says(t, cli.Must("state", "list"), typeName+".one", typeName+".two")
			if c.destroy == "" {
				cli.Must("destroy", "-auto-approve")
			} else {
				acctest.Says(t, cli.Fails("destroy", "-auto-approve"), "Unable to "+c.destroy, unknown)
			}
		})
	}
}

// Two resources of one object do not overwrite each other: the second of them is told.
func TestTwoResourcesOfOneObject(t *testing.T) {
	t.Parallel()
	for typeName, c := range manyNouns {
		t.Run(typeName, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewWorld(t, sandbox.Options{
				Latency: 50 * time.Millisecond, Rooms: sandbox.RoomOptions{Overwrite: true}, Groups: sandbox.GroupOptions{OnExisting: sandbox.UpdateExisting},
			})
			cli := w.CLI(t, c.block("one", "x")+c.block("two", "x"))
			acctest.Says(t, cli.Fails("apply", "-auto-approve"), "Error: "+c.exists)
			if n := w.Count(http.MethodPost, c.route); n != 1 {
				t.Errorf("%d were sent", n)
			}
		})
	}
}

// What an update that failed was to write is not in state: a plan that asks nobody
// finds it still to do.
func TestUpdateThatFailsKeepsTheState(t *testing.T) {
	t.Parallel()
	refusal := sandbox.Fault{Status: http.StatusBadRequest, Body: `{"error":"INVALID_REQUEST","message":"no"}`}
	for object, c := range map[string]struct {
		body          func(value string) string
		method, route string
	}{
		`client "x"`: {func(v string) string { return acctest.Client("x", "nickname = "+v) }, http.MethodPost, acctest.RouteClients},
		`key "x"`:    {func(v string) string { return acctest.ConfigKey("x", v) }, http.MethodPost, acctest.RouteConfig},
		`room "x"`:   {func(v string) string { return acctest.Room("x", "name = "+v) }, http.MethodPut, acctest.RouteRoom},
	} {
		t.Run(object, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewWorld(t, sandbox.Options{})
			cli := w.CLI(t, c.body(`"One"`))
			cli.Apply()
			fault := refusal
			fault.Method, fault.Route = c.method, c.route
			w.Inject(fault)
			cli.Write(w.Config(c.body(`"Two"`)))
			acctest.Says(t, cli.Fails("apply", "-auto-approve"), "Unable to update ", object, "INVALID_REQUEST")
			w.ClearFaults()
			acctest.Says(t, cli.Must("plan", "-refresh=false"), `"One" -> "Two"`)
			cli.Apply()
			cli.Empty()
		})
	}
}
