package token_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// newWorld has the client "robot".
func newWorld(t *testing.T, options sandbox.Options) *acctest.World {
	t.Helper()
	w := acctest.NewWorld(t, options)
	w.PutClient("robot", nil)
	return w
}

// onlyLive checks that the token in state is the only live one of client robot.
func onlyLive(w *acctest.World) resource.TestCheckFunc {
	return func(s *terraform.State) error {
		inState := s.RootModule().Resources[acctest.TokenAddress].Primary.Attributes["token"]
		if live := w.LiveTokens("robot"); !slices.Equal(live, []string{inState}) {
			return fmt.Errorf("%q is in state, and alive are %q", inState, live)
		}
		return nil
	}
}

func TestTokenIssuedAndRenewed(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]sandbox.Options{
		"server ends old tokens":  {},
		"server keeps old tokens": {KeepTokensOnReissue: true},
		"flat replies":            {FlatReplies: true},
		"no date in the reply":    {OmitExpiration: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewWorld(t, options)
			config := w.Config(acctest.Client("robot") + acctest.ClientToken())
			renewed := acctest.Epoch.Add(5 * 24 * time.Hour)
			w.Test(t,
				resource.TestStep{
					Config: config,
					Check:  onlyLive(w),
					ConfigStateChecks: []statecheck.StateCheck{
						acctest.StateValue(acctest.TokenAddress, "expiration_date", knownvalue.StringExact("2026-03-08T12:00:00Z")),
						acctest.StateValue(acctest.TokenAddress, "issued_at", knownvalue.StringExact("2026-03-01T12:00:00Z")),
						acctest.StateValue(acctest.TokenAddress, "id", knownvalue.StringRegexp(regexp.MustCompile(`^robot/\w+$`))),
						acctest.StateValue(acctest.TokenAddress, "ready_for_renewal", knownvalue.Bool(false)),
						acctest.StateValue(acctest.TokenAddress, "renew_before", knownvalue.StringExact("48h")),
					},
				},
				resource.TestStep{ // a millisecond before renewal is due
					PreConfig: w.Later(5*24*time.Hour - time.Millisecond), Config: config, ConfigPlanChecks: acctest.EmptyPlan(),
				},
				resource.TestStep{
					PreConfig: w.Later(time.Millisecond), Config: config,
					ConfigPlanChecks: acctest.Planned(acctest.TokenAddress, plancheck.ResourceActionReplace),
					Check:            onlyLive(w),
					ConfigStateChecks: []statecheck.StateCheck{
						acctest.StateValue(acctest.TokenAddress, "issued_at", knownvalue.StringExact(renewed.Format(time.RFC3339))),
						acctest.StateValue(acctest.TokenAddress, "expiration_date", knownvalue.StringExact(renewed.Add(7*24*time.Hour).Format(time.RFC3339))),
						acctest.StateValue(acctest.TokenAddress, "ready_for_renewal", knownvalue.Bool(false)),
					},
				},
				resource.TestStep{ // long after expiry
					PreConfig: w.Later(30 * 24 * time.Hour), Config: config,
					ConfigPlanChecks: acctest.Planned(acctest.TokenAddress, plancheck.ResourceActionReplace),
					Check:            onlyLive(w),
				},
			)
			for _, r := range w.Requests() {
				if r.Method == http.MethodDelete && r.JSON["token"] == nil && r.Time.Before(w.Now()) {
					t.Error("a rotation revoked every token")
				}
			}
		})
	}
}

func TestTokenIsOneLookUpAndOneUpsert(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	w.PutClient("robot", map[string]any{"nickname": "Robot"})
	c := w.CLI(t, acctest.TokenFor(`"robot"`))
	c.Apply()
	var calls []string
	for _, r := range w.Requests() {
		calls = append(calls, r.Method+" "+r.Route)
	}
	acctest.Equal(t, "calls", []string{"GET " + acctest.RouteClients, "POST " + acctest.RouteClients}, calls)
	acctest.Equal(t, "body", map[string]any{"_id": "robot", "issueAccessToken": true}, w.LastUpsert(t))
	if fields, _ := w.Client("robot"); fields["nickname"] != "Robot" {
		t.Errorf("issuing a token changed the profile: %v", fields)
	}
}

// Clients that this run makes are looked up once, before that, and not for their tokens.
func TestManyTokensOfNewClients(t *testing.T) {
	t.Parallel()
	const many = 50
	w := acctest.NewWorld(t, sandbox.Options{})
	c := w.CLI(t, fmt.Sprintf("resource \"imkit_client\" \"test\" {\n  count = %[1]d\n  id    = \"robot-${count.index}\"\n}\n"+
		"resource \"imkit_client_token\" \"test\" {\n  count     = %[1]d\n  client_id = imkit_client.test[count.index].id\n}\n", many))
	c.Apply()
	lookUps, upserts, asked := w.Count(http.MethodGet, acctest.RouteClients), len(w.Upserts()), 0
	for _, r := range w.Requests() {
		asked += strings.Count(r.Query.Get("q"), `"robot-`)
	}
	if asked != many || upserts != 2*many || len(w.Requests()) != lookUps+upserts {
		t.Errorf("%d clients were looked up, want %d; %d requests, of which %d are upserts and %d look-ups", asked, many, len(w.Requests()), upserts, lookUps)
	}
}

func TestTokenOfNobody(t *testing.T) {
	t.Parallel()
	for name, lines := range map[string]string{"issued": "", "bound": `token = "mine"`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewWorld(t, sandbox.Options{})
			c := w.CLI(t, acctest.TokenFor(`"robbot"`, lines))
			acctest.Says(t, c.Fails("apply", "-auto-approve"), "Client does not exist", `client "robbot"`)
			if ids := w.ClientIDs(); len(ids) != 0 {
				t.Errorf("the clients %v were conjured up", ids)
			}
		})
	}
}

func TestTokenBound(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]sandbox.Options{
		"server replaces tokens": {}, "server keeps old tokens": {KeepTokensOnReissue: true}, "server echoes tokens": {EchoBoundTokens: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewWorld(t, options)
			config := func(lines ...string) string { return w.Config(acctest.Client("robot") + acctest.ClientToken(lines...)) }
			w.Test(t,
				resource.TestStep{
					Config: config(`token = "first"`, `expiration_date = "2026-04-01T02:00:00.25+02:00"`),
					Check: resource.ComposeAggregateTestCheckFunc(onlyLive(w), acctest.Check(func() {
						acctest.Equal(t, "bind", map[string]any{"_id": "robot", "token": "first", "expirationDate": "2026-04-01T00:00:00.250Z"}, w.LastUpsert(t))
					})),
					ConfigStateChecks: []statecheck.StateCheck{acctest.StateValue(acctest.TokenAddress, "expiration_date", knownvalue.StringExact("2026-04-01T02:00:00.25+02:00"))},
				},
				resource.TestStep{ // the same moment, spelled in another way
					Config:           config(`token = "first"`, `expiration_date = "2026-04-01T00:00:00.250Z"`),
					ConfigPlanChecks: acctest.EmptyPlan(),
				},
				resource.TestStep{ // a millisecond is a difference
					Config:           config(`token = "first"`, `expiration_date = "2026-04-01T00:00:00.251Z"`),
					ConfigPlanChecks: acctest.Planned(acctest.TokenAddress, plancheck.ResourceActionUpdate),
					Check:            onlyLive(w),
				},
				resource.TestStep{
					PreConfig:        w.Later(time.Hour),
					Config:           config(`token = "second"`, `expiration_date = "2026-04-01T00:00:00.251Z"`),
					ConfigPlanChecks: acctest.Planned(acctest.TokenAddress, plancheck.ResourceActionUpdate),
					Check:            onlyLive(w),
					ConfigStateChecks: []statecheck.StateCheck{
						acctest.StateValue(acctest.TokenAddress, "issued_at", knownvalue.StringExact("2026-03-01T13:00:00Z")),
					},
				},
				resource.TestStep{ // never replaced by the clock, not even past its expiry
					PreConfig:         w.Later(365 * 24 * time.Hour),
					Config:            config(`token = "second"`, `expiration_date = "2026-04-01T00:00:00.251Z"`),
					ConfigPlanChecks:  acctest.EmptyPlan(),
					ConfigStateChecks: []statecheck.StateCheck{acctest.StateValue(acctest.TokenAddress, "ready_for_renewal", knownvalue.Bool(true))},
				},
				resource.TestStep{ // issued from now on
					Config:           config(),
					ConfigPlanChecks: acctest.Planned(acctest.TokenAddress, plancheck.ResourceActionReplace),
					Check:            onlyLive(w),
				},
				resource.TestStep{ // and bound again
					Config:           config(`token = "third"`),
					ConfigPlanChecks: acctest.Planned(acctest.TokenAddress, plancheck.ResourceActionReplace),
					Check:            onlyLive(w),
					ConfigStateChecks: []statecheck.StateCheck{
						acctest.StateValue(acctest.TokenAddress, "expiration_date", knownvalue.Null()),
						acctest.StateValue(acctest.TokenAddress, "ready_for_renewal", knownvalue.Bool(false)),
					},
				},
			)
		})
	}
}

func TestTokenExpirationDatesThatAreWrong(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	for _, c := range []struct {
		lines []string
		want  []string
	}{
		{[]string{`expiration_date = "2027-01-01T00:00:00Z"`}, []string{"Expiration date without a token", "expiration_date"}},
		{[]string{`token = "x"`, `expiration_date = "2027-01-01"`}, []string{"Invalid timestamp", "2027-01-01"}},
		{[]string{`token = "x"`, `expiration_date = "2026-03-01T12:00:00Z"`}, []string{"Expiration date has passed", "2026-03-01T12:00:00Z"}},
		{[]string{`token = ""`}, []string{"token"}},
		{[]string{`token = "two words"`}, []string{"Invalid token", "The value of token contains white space", "trimspace()"}},
		{[]string{`token = "line\n"`}, []string{"Invalid token", "line break"}},
		{[]string{`token = trimspace("\uFEFFmine")`}, []string{"Invalid token", "an invisible one", "a byte order mark"}},
		{[]string{`token = "mi\u200Bne"`}, []string{"Invalid token"}},
		{[]string{`token = "mi\u00ADne"`}, []string{"Invalid token"}},
		{[]string{`token_wo = "line\n"`, "token_wo_version = 1"}, []string{"Invalid token", "The value of token_wo contains white space"}},
		{[]string{`renew_before = "2d"`}, []string{"Invalid duration", "no unit for days"}},
		{[]string{`renew_before = "-1h"`}, []string{"Invalid duration"}},
		{[]string{`on_destroy = "delete"`}, []string{"on_destroy", "revoke"}},
	} {
		cli := w.CLI(t, acctest.Client("robot")+acctest.ClientToken(c.lines...))
		acctest.Says(t, cli.Fails("plan"), c.want...)
	}
	w.NothingSent(t)
}

func TestTokenGoneWithItsClient(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	c := w.CLI(t, acctest.Client("robot")+acctest.ClientToken())
	c.Apply()
	w.RemoveClient("robot")
	acctest.Says(t, c.Must("plan"), "2 to add, 0 to change, 0 to destroy")
	c.Apply()
	c.Empty()
}

// Of what an apply that did not end left behind, a token that was issued is revoked by
// its value, and one that was bound is left and named, whatever else the next apply makes.
func TestTokenLeftBehind(t *testing.T) {
	t.Parallel()
	for mode, c := range map[string]struct {
		before, after string // lines
		live          []string
	}{
		"issued": {`rotation_triggers = { a = "1" }`, `rotation_triggers = { a = "2" }`, nil},
		"bound":  {"token = \"mine\"\n  rotation_triggers = { a = \"1\" }", "token = \"yours\"\n  rotation_triggers = { a = \"2\" }", []string{"mine", "yours"}},
	} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, sandbox.Options{KeepTokensOnReissue: true})
			w.PutClient("another", nil)
			body := func(line, command string) string {
				return acctest.TokenFor(`"robot"`, line, acctest.CreateBeforeDestroy) + acctest.Then(acctest.TokenAddress, command)
			}
			cli := w.CLI(t, body(c.before, "true"))
			cli.Apply()
			// What comes between the new object and the end of the old one fails.
			cli.Write(w.Config(body(c.after, "false")))
			acctest.Says(t, cli.Fails("apply", "-auto-approve"), "local-exec provisioner error")
			live := w.LiveTokens("robot")
			if len(live) != 2 {
				t.Fatalf("live are %q", live)
			}
			cli.Write(w.Config(body(c.after, "true") + strings.ReplaceAll(acctest.TokenFor(`"another"`), `"test"`, `"another"`)))
			output := cli.Apply()
			want := live[1:]
			if c.live != nil {
				want = c.live
				acctest.Says(t, output, "Token was not revoked", `client "robot"`, "until every token of the client is revoked")
			}
			acctest.Equal(t, "live tokens", want, w.LiveTokens("robot"))
			cli.Apply() // some cores leave the old terraform_data for another run
			cli.Empty()
		})
	}
}

// The object that create_before_destroy leaves behind may hold the very token
// that was bound again.
func TestTokenBoundAgainOutlivesTheObjectBefore(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	body := func(month string) string {
		return acctest.Client("robot") + acctest.ClientToken(`token = "mine"`, `rotation_triggers = { month = "`+month+`" }`, acctest.CreateBeforeDestroy)
	}
	c := w.CLI(t, body("1"))
	c.Apply()
	c.Write(w.Config(body("2")))
	acctest.Says(t, c.Apply(), "1 added, 0 changed, 1 destroyed")
	acctest.Equal(t, "live tokens", []string{"mine"}, w.LiveTokens("robot"))
}
