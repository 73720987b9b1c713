package provider_test

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// A short soak is part of every test run; `make soak` takes longer.
var (
	soakRounds    = flag.Int("soak.rounds", 4, "rounds of TestSoak")
	soakResources = flag.Int("soak.resources", 40, "resources of TestSoak")
	soakSeed      = flag.Uint64("soak.seed", 13, "what TestSoak takes its random edits and faults from")
)

// TestSoak edits many resources at random, in the configuration and behind
// Terraform's back, and has calls fail at random while it applies. Once the
// faults are gone, one apply has to bring everything in order: the plan after it
// is empty, the server has what is configured, and no token is lost or alive by
// accident.
func TestSoak(t *testing.T) {
	t.Parallel()
	s := newSoak(t)
	for round := range *soakRounds {
		s.done = nil
		s.editConfiguration()
		saved := round > 0 && s.rand.IntN(3) == 0
		if saved {
			s.cli.Must("plan", "-out=saved")
			s.do("plan")
		}
		s.editServer()
		s.injectFaults()
		args := []string{"apply", "-auto-approve"}
		if saved {
			args = []string{"apply", "saved"}
		}
		if _, exitCode := s.cli.Run(args...); exitCode != 0 {
			s.failed++
		}
		s.noteTokens()
		s.ClearFaults()
		if s.claimed.Swap(false) {
			s.Advance(lag)
			s.do("server: %s pass", lag)
		}
		s.do("apply without faults")
		s.cli.Apply()
		s.cli.Empty()
		s.compare()
		if t.Failed() { // what comes after is of no more use
			t.FailNow()
		}
	}
	s.cli.Must("destroy", "-auto-approve")
	if s.struck.Load() == 0 {
		t.Error("no request failed")
	}
	t.Logf("seed %d: %d rounds, %d edits, %d failed requests, %d failed applies", *soakSeed, *soakRounds, s.edits, s.struck.Load(), s.failed)
}

// soak is a configuration and a server in the course of a soak.
type soak struct {
	*acctest.World
	t       *testing.T
	rand    *rand.Rand
	cli     *acctest.CLI
	clients []*soakClient
	batches []*soakBatch
	nouns   []soakNoun
	tokens  map[string]soakedToken // in state, by value
	// unclear is a server that names no codes, and so says of no token that it is
	// dead in as many words.
	unclear   bool
	writeOnly bool     // what the core knows
	next      int      // for names that were never used
	done      []string // in this round

	edits  int
	failed int          // applies
	struck atomic.Int64 // requests that failed
	// claimed is set once the server claimed to have written a key.
	claimed atomic.Bool
}

func newSoak(t *testing.T) *soak {
	t.Helper()
	s := &soak{t: t, rand: rand.New(rand.NewPCG(*soakSeed, 0)), tokens: map[string]soakedToken{}} //nolint:gosec // to be repeated
	s.writeOnly = acctest.Knows(t, acctest.WriteOnly)
	t.Logf("seed %d", *soakSeed)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("seed %d; in the last round:\n%s", *soakSeed, strings.Join(s.done, "\n"))
		}
	})
	options := sandbox.Options{
		KeepTokensOnReissue: s.maybe(), EchoBoundTokens: s.maybe(), FlatReplies: s.maybe(), OpaqueTokens: s.maybe(),
		ErrorShape: pick(s, sandbox.ErrorEnveloped, sandbox.ErrorFlat, sandbox.ErrorCodeOnly),
		Groups:     sandbox.GroupOptions{OnExisting: sandbox.UpdateExisting, ClearLeftOut: s.maybe()},
		Config:     sandbox.ConfigOptions{Replace: s.maybe()},
	}
	s.unclear = options.ErrorShape == sandbox.ErrorCodeOnly
	s.World = acctest.NewWorld(t, options)
	for range max(1, *soakResources/25) {
		s.batches = append(s.batches, s.newBatch())
	}
	for n := len(s.batches); n < *soakResources; {
		c := s.newClient()
		s.clients = append(s.clients, c)
		if n++; n < *soakResources && s.rand.IntN(4) > 0 {
			c.token = s.newToken()
			n++
		}
	}
	s.addNouns()
	s.cli = s.CLI(t, "")
	return s
}

func (s *soak) maybe() bool { return s.rand.IntN(2) == 0 }

func (s *soak) do(format string, args ...any) { s.done = append(s.done, fmt.Sprintf(format, args...)) }

// fresh is a word that was never used.
func (s *soak) fresh(kind string) string {
	s.next++
	return fmt.Sprintf("%s %d", kind, s.next)
}

// pick is one of the values.
func pick[T any](s *soak, values ...T) T { return values[s.rand.IntN(len(values))] }

// editConfiguration changes about a tenth of what is configured.
func (s *soak) editConfiguration() {
	for range 1 + *soakResources/10 {
		s.edits++
		if s.rand.IntN(4) == 0 {
			s.do("%s", pick(s, s.nouns...).edit(s))
			continue
		}
		if s.rand.IntN(5) == 0 {
			b := pick(s, s.batches...)
			s.do("%s: %s", b.name, b.edit(s))
			continue
		}
		c := pick(s, s.clients...)
		if c.token != nil && s.rand.IntN(3) > 0 {
			s.do("token of %s: %s", c.name, c.token.edit(s))
			continue
		}
		s.do("%s: %s", c.name, c.edit(s))
	}
	var all strings.Builder
	for _, b := range s.batches {
		all.WriteString(b.config())
	}
	for _, c := range s.clients {
		all.WriteString(c.config())
	}
	for _, n := range s.nouns {
		all.WriteString(n.config())
	}
	s.cli.Write(fmt.Sprintf("provider \"imkit\" {\n  base_url = %q\n  api_key = %q\n  client_key = %q\n  requests_per_minute = 0\n  request_timeout = \"5s\"\n}\n%s",
		s.URL, sandbox.DefaultAPIKey, sandbox.DefaultClientKey, &all))
}

// editServer does what other people may do, and lets time pass.
func (s *soak) editServer() {
	ids := s.ClientIDs()
	for range 1 + *soakResources/10 {
		if len(ids) == 0 {
			break
		}
		s.edits++
		id := pick(s, ids...)
		switch s.rand.IntN(7) {
		case 0:
			s.RemoveClient(id)
			ids = slices.DeleteFunc(ids, func(other string) bool { return other == id })
			s.do("server: %s is deleted", id)
		case 1:
			s.RevokeTokens(id)
			s.do("server: tokens of %s are revoked", id)
		case 2:
			s.AddToken(id, s.fresh("elsewhere"), s.Now().Add(acctest.Day))
			s.do("server: %s gets a token", id)
		case 3:
			s.PutClient(id, map[string]any{"nickname": nil, "tier": nil})
			s.do("server: %s loses its values", id)
		case 4:
			s.PutClient(id, map[string]any{"description": s.fresh("drift"), "tier": nil, "isRobot": s.maybe()})
			s.do("server: %s is edited", id)
		default:
			s.PutClient(id, map[string]any{"nickname": s.fresh("drift"), "tier": s.next})
			s.do("server: %s is edited", id)
		}
	}
	s.editNouns()
	if s.maybe() {
		d := acctest.Day * 3 / 2
		s.Advance(d)
		s.do("server: %s pass", d)
	}
}

// claim is success, and says nothing of what was done.
const claim = `{"RC":0,"RM":"OK"}`

// strikes notes that a fault strikes a request, unless that would ask more of the
// provider than anybody can know: whoever is told that a token is revoked, or a key
// deleted, has nothing to check that by. That a key was not written shows once the
// server cannot be showing what there was before.
func (s *soak) strikes(f sandbox.Fault, r *http.Request) bool {
	if claims := f.Body == claim && !f.After; claims {
		if r.Method == http.MethodDelete {
			return false
		}
		if r.Method == http.MethodPost && r.URL.Path == acctest.RouteConfig {
			s.claimed.Store(true)
		}
	}
	s.struck.Add(1)
	return true
}

// injectFaults has calls fail, most of them for a moment.
func (s *soak) injectFaults() {
	kinds := []sandbox.Fault{
		{Status: 500, Body: `{"RC":500,"RM":"oops"}`},
		{Status: 502, ContentType: "text/html", Body: "<html>"},
		{Status: 503, ContentType: "text/plain", Body: "busy"},
		{Status: 429, Body: `{"error":"RATE_LIMIT_EXCEEDED","message":"slow","retryAfter":0}`},
		{Status: 400, Body: `{"error":"INVALID_REQUEST","message":"no"}`},
		{Status: 401, Body: `{"RC":401,"RM":"Unauthorized"}`},
		{Status: 200, Body: claim},
		{Status: 200, Body: `{"RC":0,"result":{"_id":"somebody else"}}`, After: true},
		{Status: 200, Body: `{"RC":0,"result":{"totalCount":0}}`, After: true},
		{Status: 200, ContentType: "text/html", Body: "<html>", After: true},
		{Status: 200, Body: `{"RC":7,"RM":"went wrong"}`},
		{Cut: true},
		{Cut: true, After: true},
		{CutBody: true},
	}
	routes := []string{"", acctest.RouteClients, acctest.RouteClients, acctest.RouteToken, acctest.RouteBatch, "/me", acctest.RouteGroups, acctest.RouteConfig, acctest.RouteConfigKey, acctest.RouteRooms, acctest.RouteRoom, acctest.RouteJoin, acctest.RouteLeave}
	for range 2 + s.rand.IntN(8) {
		f := pick(s, kinds...)
		f.Route, f.Method = pick(s, routes...), pick(s, "", "", "", "GET", "POST", "PUT", "DELETE")
		first := s.rand.IntN(20)
		last := first + 1 + s.rand.IntN(3)
		if s.rand.IntN(6) == 0 {
			last = math.MaxInt // until they are cleared
		}
		met := 0
		f.Match = func(r *http.Request, _ []byte) bool { // called with the server's lock held
			met++
			return first < met && met <= last && s.strikes(f, r)
		}
		s.Inject(f)
		s.do("fault: %s %s, from the %dth to the %dth: status %d, %s, cut %t, within the body %t, after the work %t",
			f.Method, f.Route, first+1, last, f.Status, f.Body, f.Cut, f.CutBody, f.After)
	}
}
