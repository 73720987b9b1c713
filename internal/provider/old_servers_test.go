package provider_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// oldServer is a server that lacks what newer ones have, and what Terraform is
// expected to say and do about it.
type oldServer struct {
	*acctest.World
	name, provider string
	options        sandbox.Options
}

// oldServers are servers with and without each route, with every shape of reply
// and every kind of token: all combinations.
func oldServers(t *testing.T) []*oldServer {
	t.Helper()
	var servers []*oldServer
	for i := range 32 {
		has := func(bit int) bool { return i&(1<<bit) != 0 }
		options := sandbox.Options{
			KeepTokensOnReissue: true, // so that what is not revoked shows
			// What has neither of these two cannot be told from any other web server.
			NoLookupRoute: has(0), NoMeRoute: !has(0), NoRevokeRoute: has(1), FlatReplies: has(2), OpaqueTokens: has(3), OmitExpiration: has(4),
		}
		name := "server"
		for bit, lack := range []string{"no look-up", "no revocation", "flat replies", "opaque tokens", "no expiry"} {
			if has(bit) {
				name += ", " + lack
			}
		}
		servers = append(servers, &oldServer{acctest.NewWorld(t, options), name, fmt.Sprintf("old%02d", i), options})
	}
	return servers
}

// config is a provider and one of everything, in a first or a second version.
func (o *oldServer) config(version int) string {
	return strings.NewReplacer("NAME", o.provider, "URL", o.URL, "APIKEY", sandbox.DefaultAPIKey, "CLIENTKEY", sandbox.DefaultClientKey,
		"VERSION", fmt.Sprint(version), "LEAVER", fmt.Sprintf("leaves%d", version)).Replace(`
provider "NAME" {
  base_url   = "URL"
  api_key    = "APIKEY"
  client_key = "CLIENTKEY"
}
resource "imkit_client" "NAME" {
  provider       = NAME
  id             = "robot"
  nickname       = "Robot VERSION"
  adopt_existing = true
}
resource "imkit_client_token" "NAME_issued" {
  provider  = NAME
  client_id = imkit_client.NAME.id
}
resource "imkit_client_token" "NAME_bound" {
  provider        = NAME
  client_id       = imkit_client.NAME.id
  token           = "NAME-bound-VERSION"
  expiration_date = "2027-01-01T00:00:00Z"
}
resource "imkit_client_token" "NAME_written" {
  provider         = NAME
  client_id        = imkit_client.NAME.id
  token_wo         = "NAME-written-VERSION"
  token_wo_version = VERSION
}
resource "imkit_client_batch" "NAME" {
  provider   = NAME
  clients    = { stays = { nickname = "Stays VERSION" }, LEAVER = {} }
  on_destroy = "revoke_tokens"
}
`)
}

func (o *oldServer) knowsExpiry() bool { return !o.options.OpaqueTokens || !o.options.OmitExpiration }

// warns lists the warnings that the server's ways call for.
func (o *oldServer) warns(looksUp, verifies, revokes bool) map[string]int {
	warnings := map[string]int{}
	for summary, expected := range map[string]bool{
		"Server cannot look up clients": looksUp && o.options.NoLookupRoute,
		"Unable to verify tokens":       verifies && o.options.NoMeRoute,
		"Server cannot revoke tokens":   revokes && o.options.NoRevokeRoute,
		"Expiry of token is not known":  verifies && !o.knowsExpiry(),
	} {
		if expected {
			warnings[summary] = 1
		}
	}
	return warnings
}

// lives is what is expected of a step in the life of one of everything.
type lives struct {
	planned                    []string // the changes
	whilePlanning, whenApplied map[string]int
	tokens                     int // that are alive afterwards
}

// TestOldServers takes one of everything through its life on every kind of
// server, all in one configuration: what there is to tell is told, once in each
// run, and no plan is wrong.
func TestOldServers(t *testing.T) {
	t.Parallel()
	if !acctest.Knows(t, acctest.WriteOnly) {
		return
	}
	servers := oldServers(t)
	sources := map[string]*acctest.World{}
	for _, o := range servers {
		sources["imkit/"+o.provider] = o.World
	}
	c := acctest.ServedCLI(t, acctest.Reattach(t, sources), configOf(servers, 1))

	everything := func(action string) []string {
		return []string{"client: " + action, "client_batch: " + action, "client_token bound: " + action, "client_token issued: " + action, "client_token written: " + action}
	}
	step(c, servers, "create", nil, func(o *oldServer) lives {
		return lives{everything("create"), nil, o.warns(true, false, false), 3}
	})

	for _, o := range servers {
		o.Advance(acctest.UntilDue)
	}
	step(c, servers, "renew", nil, func(o *oldServer) lives {
		switch {
		case !o.knowsExpiry():
			return lives{nil, o.warns(true, true, false), nil, 3}
		case o.options.NoRevokeRoute:
			return lives{[]string{"client_token issued: replace"}, o.warns(true, true, false), o.warns(true, false, true), 4}
		}
		return lives{[]string{"client_token issued: replace"}, o.warns(true, true, false), o.warns(true, false, true), 3}
	})

	changed := func(o *oldServer) int {
		tokens := 4 // the write-only token that was replaced is known to nobody
		if o.options.NoRevokeRoute {
			tokens++
			if o.knowsExpiry() {
				tokens++
			}
		}
		return tokens
	}
	c.Write(configOf(servers, 2))
	step(c, servers, "change", nil, func(o *oldServer) lives {
		return lives{
			[]string{"client: update", "client_batch: update", "client_token bound: update", "client_token written: update"},
			o.warns(true, true, false), o.warns(true, false, true), changed(o),
		}
	})

	step(c, servers, "destroy", []string{"-destroy"}, func(o *oldServer) lives {
		warnings := o.warns(false, false, true)
		warnings["Client record remains on the server"] = 1
		warnings["Client records remain on the server"] = 1
		warnings["Token was not revoked"] = 1
		tokens := 0
		if o.options.NoRevokeRoute {
			tokens = changed(o)
		}
		return lives{everything("delete"), nil, warnings, tokens} // Terraform keeps to itself what the refresh warns of
	})
	if left := c.Must("state", "list"); left != "" {
		t.Errorf("there is a state left:\n%s", left)
	}
}

// step plans and applies in runs of their own, as a pipeline does, and makes
// sure that the next plan is empty.
func step(c *acctest.CLI, servers []*oldServer, name string, flags []string, want func(*oldServer) lives) {
	c.T.Helper()
	planning := c.RunJSON(append([]string{"plan", "-out=saved"}, flags...)...)
	applying := c.RunJSON("apply", "saved")
	next := acctest.Told{}
	if len(flags) == 0 { // after a destroy there is everything to plan
		next = c.RunJSON("plan")
	}
	whilePlanning, whenApplied, afterwards := expectedWarnings{}, expectedWarnings{}, expectedWarnings{}
	for _, o := range servers {
		w := want(o)
		whilePlanning[o], whenApplied[o], afterwards[o] = w.whilePlanning, w.whenApplied, o.warns(true, true, false)
		slices.Sort(planning.Changes[o.provider])
		acctest.Equal(c.T, fmt.Sprintf("%s, %s: changes", name, o.name), w.planned, planning.Changes[o.provider])
		if n := len(o.LiveTokens("robot")); n != w.tokens {
			c.T.Errorf("%s, %s: %d tokens are alive, want %d", name, o.name, n, w.tokens)
		}
		if changes := next.Changes[o.provider]; len(changes) > 0 {
			c.T.Errorf("%s, %s: the next plan has changes: %q", name, o.name, changes)
		}
	}
	whilePlanning.check(c.T, name+", while planning", planning)
	whenApplied.check(c.T, name+", when applied", applying)
	if len(flags) == 0 {
		afterwards.check(c.T, name+", next plan", next)
	}
}

// expectedWarnings are how often each server calls for each warning.
type expectedWarnings map[*oldServer]map[string]int

// check compares by server where Terraform says of which object it warns, and in
// all where it does not, as while it destroys.
func (e expectedWarnings) check(t *testing.T, name string, said acctest.Told) {
	t.Helper()
	total := map[string]int{}
	for o, want := range e {
		got := said.Warnings[o.provider]
		for summary := range want {
			total[summary] += want[summary]
		}
		for summary := range got {
			if got[summary] > want[summary] {
				t.Errorf("%s, %s: warns %d times of %q, want %d", name, o.name, got[summary], summary, want[summary])
			}
		}
	}
	gotTotal := map[string]int{}
	for _, got := range said.Warnings {
		for summary, n := range got {
			gotTotal[summary] += n
		}
	}
	if diff := cmp.Diff(total, gotTotal, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s: warnings of all servers (-want +got):\n%s", name, diff)
	}
}

// configOf has every server in a first or a second version.
func configOf(servers []*oldServer, version int) string {
	required, all := "", ""
	for _, o := range servers {
		required += fmt.Sprintf("    %s = { source = \"imkit/%s\" }\n", o.provider, o.provider)
		all += o.config(version)
	}
	return "terraform {\n  required_providers {\n" + required + "  }\n}\n" + all
}

// What only looks, or lasts for a run, has no state to keep: it says what is wrong.
func TestOldServersWithoutState(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{NoLookupRoute: true, NoRevokeRoute: true, FlatReplies: true, OpaqueTokens: true, OmitExpiration: true})
	w.PutClient("robot", nil)
	c := w.CLI(t, "data \"imkit_client\" \"test\" {\n  id = \"robot\"\n}\n")
	acctest.Says(t, c.Fails("plan"), "Unable to read client", "The server does not know this call")
	c.Write(w.Config("data \"imkit_clients\" \"test\" {}\n"))
	acctest.Says(t, c.Fails("plan"), "Unable to look up clients", "The server does not know this call")

	if !acctest.Knows(t, acctest.EphemeralValues) {
		return
	}
	second := strings.Replace(acctest.EphemeralToken(`"robot"`, "allow_token_invalidation = true"), `"test"`, `"second"`, 1)
	c.Write(w.Config(acctest.EphemeralToken(`"robot"`, "allow_token_invalidation = true") + second))
	if acctest.IsTofu(c.Binary) { // which does not open what nothing needs
		return
	}
	output := c.Must("plan")
	acctest.SaidOnce(t, output, "Server cannot look up clients")
	acctest.SaidOnce(t, output, "Server cannot revoke tokens")
	opens, closes := w.Count(http.MethodPost, acctest.RouteClients), w.Count(http.MethodDelete, acctest.RouteToken)
	if opens != 2 || closes != 2 {
		t.Errorf("opened %d tokens and tried to close %d, want 2 of each", opens, closes)
	}
}
