package provider

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

const (
	day = 24 * time.Hour
	// untilDue is from issuing to T for a token of seven days with the default window.
	untilDue = 5 * day
	// untilExpiry is from issuing to the end of such a token.
	untilExpiry = 7 * day
)

// changes is how a plan sums itself up.
const (
	nothing  = "No changes."
	updates  = "0 to add, 1 to change, 0 to destroy"
	replaces = "1 to add, 0 to change, 1 to destroy"
)

// TestTokenPlanTable has the rows of the plan table that begin with a token that
// exists: what is planned at a time after a change.
func TestTokenPlanTable(t *testing.T) {
	t.Parallel()
	issued, bound := []string{}, []string{`token = "mine"`, `expiration_date = "2026-03-08T12:00:00Z"`}
	with := func(base []string, lines ...string) []string { return append(append([]string{}, base...), lines...) }
	for name, row := range map[string]struct {
		options sandbox.Options
		before  []string
		at      time.Duration
		after   []string
		flags   []string
		plan    string
		warns   string
	}{
		"issued, before T":                          {before: issued, at: untilDue - time.Millisecond, plan: nothing},
		"issued, from T on":                         {before: issued, at: untilDue, plan: replaces},
		"issued, from T on, without refresh":        {before: issued, at: untilDue, flags: []string{"-refresh=false"}, plan: replaces},
		"issued, after expiry":                      {before: issued, at: untilExpiry + time.Hour, plan: replaces},
		"issued, after expiry, without refresh":     {before: issued, at: untilExpiry + time.Hour, flags: []string{"-refresh=false"}, plan: replaces},
		"issued, from T on, renewal off":            {before: with(issued, "auto_renew = false"), at: untilDue, plan: nothing, warns: "Token is due for renewal"},
		"issued, after expiry, renewal off":         {before: with(issued, "auto_renew = false"), at: untilExpiry, plan: nothing, warns: "expired on 2026-03-08T12:00:00Z"},
		"issued, renewal switched on once due":      {before: with(issued, "auto_renew = false"), at: untilDue, after: issued, plan: replaces},
		"issued, renewal switched off once due":     {before: issued, at: untilDue, after: with(issued, "auto_renew = false"), plan: updates, warns: "Token is due for renewal"},
		"issued, settings before T":                 {before: issued, at: untilDue - time.Hour, after: with(issued, `on_destroy = "keep"`), plan: updates},
		"issued, settings from T on":                {before: issued, at: untilDue, after: with(issued, `on_destroy = "keep"`), plan: replaces},
		"issued, another window, before the new T":  {before: issued, at: 4 * day, after: with(issued, `renew_before = "71h"`), plan: updates},
		"issued, another window, from the new T on": {before: issued, at: 4 * day, after: with(issued, `renew_before = "72h"`), plan: replaces},
		"issued, a shorter window after the old T":  {before: issued, at: untilDue, after: with(issued, `renew_before = "1h"`), plan: updates},
		"issued, triggers":                          {before: with(issued, `rotation_triggers = { a = "1" }`), after: with(issued, `rotation_triggers = { a = "2" }`), plan: replaces},
		"issued, then bound":                        {before: issued, after: bound, plan: replaces},
		"issued, then bound write-only":             {before: issued, after: []string{`token_wo = "mine"`, "token_wo_version = 1"}, plan: replaces},
		"issued, window longer than the lifetime":   {before: with(issued, `renew_before = "1000h"`), at: untilExpiry/2 - time.Millisecond, plan: nothing, warns: "due 84h0m0s before it expires"},
		"issued, half the lifetime is over":         {before: with(issued, `renew_before = "1000h"`), at: untilExpiry / 2, plan: replaces},
		"issued, opaque with a date":                {options: sandbox.Options{OpaqueTokens: true}, before: issued, at: untilDue, plan: replaces},
		"issued, opaque without a date":             {options: sandbox.Options{OpaqueTokens: true, OmitExpiration: true}, before: issued, at: 1000 * day, plan: nothing},
		"issued, date of the JWT only":              {options: sandbox.Options{OmitExpiration: true}, before: issued, at: untilDue, plan: replaces},
		"bound, before T":                           {before: bound, at: untilDue - time.Hour, plan: nothing},
		"bound, from T on":                          {before: bound, at: untilDue, plan: nothing, warns: "Configure a new one"},
		"bound, after expiry":                       {before: bound, at: untilExpiry + time.Hour, plan: nothing, warns: "expired on 2026-03-08T12:00:00Z"},
		"bound, another token":                      {before: bound, after: []string{`token = "other"`, bound[1]}, plan: updates},
		"bound, another token after expiry":         {before: bound, at: untilExpiry + time.Hour, after: []string{`token = "other"`, `expiration_date = "2026-04-08T12:00:00Z"`}, plan: updates},
		"bound, another date":                       {before: bound, after: []string{bound[0], `expiration_date = "2026-03-08T12:00:00.001Z"`}, plan: updates},
		"bound, the same date in other words":       {before: bound, after: []string{bound[0], `expiration_date = "2026-03-08T13:30:00.000+01:30"`}, plan: nothing},
		"bound, settings after expiry":              {before: bound, at: untilExpiry + time.Hour, after: with(bound, `on_destroy = "keep"`), plan: updates, warns: "expired on 2026-03-08T12:00:00Z"},
		"bound, window":                             {before: bound, at: 4 * day, after: with(bound, `renew_before = "72h"`), plan: updates, warns: "Configure a new one"},
		"bound, no date":                            {before: bound[:1], at: 1000 * day, plan: nothing},
		"bound, date not configured any more":       {before: bound, after: bound[:1], plan: nothing},
		"bound, then issued":                        {before: bound, after: issued, plan: replaces},
		"bound, then write-only":                    {before: bound, after: []string{`token_wo = "mine"`, "token_wo_version = 1", bound[1]}, plan: updates},
		"write-only, same version":                  {before: []string{`token_wo = "mine"`, "token_wo_version = 1"}, after: []string{`token_wo = "other"`, "token_wo_version = 1"}, plan: nothing},
		"write-only, new version":                   {before: []string{`token_wo = "mine"`, "token_wo_version = 1"}, after: []string{`token_wo = "other"`, "token_wo_version = 2"}, plan: updates},
		"write-only, then issued":                   {before: []string{`token_wo = "mine"`, "token_wo_version = 1"}, after: issued, plan: replaces},
		"write-only, then bound":                    {before: []string{`token_wo = "mine"`, "token_wo_version = 1"}, after: bound, plan: updates},
		"write-only, from T on":                     {before: []string{`token_wo = "mine"`, "token_wo_version = 1", bound[1]}, at: untilDue, plan: nothing, warns: "Configure a new one"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if strings.Contains(name, "write-only") && !knows(t, writeOnly) {
				return
			}
			w := newWorld(t, row.options)
			w.PutClient("robot", nil)
			c := w.cli(t, tokenFor(`"robot"`, row.before...))
			c.apply()
			w.Advance(row.at)
			if row.after != nil {
				c.write(w.config(tokenFor(`"robot"`, row.after...)))
			}
			output := c.must(append([]string{"plan"}, row.flags...)...)
			says(t, output, row.plan, row.warns)
			if row.warns == "" && strings.Contains(output, "Warning:") {
				t.Errorf("the plan warns:\n%s", output)
			}

			// What was planned applies, and then there is nothing left to do.
			c.apply(row.flags...)
			c.empty()
			if got := len(w.LiveTokens("robot")); got != 1 && !strings.Contains(row.warns, "expired") && row.at < 1000*day {
				t.Errorf("%d tokens are alive, want 1", got)
			}
		})
	}
}

// The server's dates have milliseconds, and they count.
func TestTokenExpiryIsExactToTheMillisecond(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	w.SetTime(epoch.Add(763 * time.Millisecond))
	w.PutClient("robot", nil)
	c := w.cli(t, tokenFor(`"robot"`, `renew_before = "48h"`)+"output \"expires\" {\n  value = imkit_client_token.test.expiration_date\n}\n")
	says(t, c.apply(), `expires = "2026-03-08T12:00:00.763Z"`)
	w.Advance(untilDue - time.Millisecond)
	c.empty()
	w.Advance(time.Millisecond)
	says(t, c.must("plan"), replaces)
	c.write(w.config(tokenFor(`"robot"`, `renew_before = "1000h"`)))
	// Issued at the whole second of the JWT, so half its life is over a bit earlier.
	w.SetTime(epoch.Add(untilExpiry/2 + 381*time.Millisecond))
	c.apply()
	says(t, c.empty(), "due 84h0m0.3815s before it expires")
	w.Advance(time.Millisecond)
	says(t, c.must("plan"), replaces)
}

func TestTokenBoundPastItsDate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	w.PutClient("robot", nil)
	c := w.cli(t, tokenFor(`"robot"`, `token = "first"`))
	c.apply()
	dated := tokenFor(`"robot"`, `token = "second"`, `expiration_date = "2026-03-02T12:00:00Z"`)
	c.write(w.config(dated))
	c.must("plan", "-out=saved")
	w.Advance(2 * day)
	says(t, c.fails("apply", "-no-color", "saved"), "Expiration date has passed")
	says(t, c.fails("plan"), "Expiration date has passed")
	if diff := cmp.Diff([]string{"first"}, w.LiveTokens("robot")); diff != "" {
		t.Errorf("live tokens (-want +on the server):\n%s", diff)
	}
}

func TestTokenReadyForRenewal(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	w.PutClient("robot", nil)
	c := w.cli(t, tokenFor(`"robot"`, "auto_renew = false", `lifecycle {
    postcondition {
      condition     = !self.ready_for_renewal
      error_message = "Renew me."
    }
  }`))
	c.apply()
	c.empty("-refresh-only")
	w.Advance(untilDue)
	says(t, c.fails("plan"), "Renew me.")
	c.write(w.config(tokenFor(`"robot"`, "auto_renew = false")))
	says(t, c.must("plan", "-refresh-only"), "ready_for_renewal = false -> true")
	c.apply("-refresh-only")
	c.empty("-refresh-only")
}

// A plan that was saved is applied later, maybe across T or across expiry. It
// does what it says, and the plan after that what the clock asks for.
func TestTokenSavedPlans(t *testing.T) {
	t.Parallel()
	postcondition := "lifecycle {\n    postcondition {\n      condition     = self.token != \"\"\n      error_message = \"Empty.\"\n    }\n  }"
	for name, c := range map[string]struct {
		before, after []string
		first         time.Duration // when the plan is made
		summary       string
	}{
		"update":                          {after: []string{`on_destroy = "keep"`}, summary: "0 added, 1 changed, 0 destroyed"},
		"update of the window":            {after: []string{`renew_before = "47h"`}, summary: "0 added, 1 changed, 0 destroyed"},
		"update to a longer window":       {after: []string{`renew_before = "49h"`}, summary: "0 added, 1 changed, 0 destroyed"},
		"no-op":                           {before: []string{postcondition}, after: []string{postcondition}, summary: "0 added, 0 changed, 0 destroyed"},
		"replacement by triggers":         {before: []string{`rotation_triggers = { a = "1" }`}, after: []string{`rotation_triggers = { a = "2" }`}, summary: "1 added, 0 changed, 1 destroyed"},
		"renewal":                         {first: untilDue, summary: "1 added, 0 changed, 1 destroyed"},
		"renewal, create before destroy":  {before: []string{"lifecycle {\n    create_before_destroy = true\n  }"}, after: []string{"lifecycle {\n    create_before_destroy = true\n  }"}, first: untilDue, summary: "1 added, 0 changed, 1 destroyed"},
		"update where renewal is off":     {before: []string{"auto_renew = false"}, after: []string{"auto_renew = false", `renew_before = "72h"`}, summary: "0 added, 1 changed, 0 destroyed"},
		"renewal and update at once":      {first: untilDue, after: []string{`on_destroy = "keep"`}, summary: "1 added, 0 changed, 1 destroyed"},
		"bound to another token":          {before: []string{`token = "a"`}, after: []string{`token = "b"`}, summary: "0 added, 1 changed, 0 destroyed"},
		"window of a bound token with it": {before: []string{`token = "a"`, `expiration_date = "2026-03-08T12:00:00Z"`}, after: []string{`token = "a"`, `expiration_date = "2026-03-08T12:00:00Z"`, `renew_before = "49h"`}, summary: "0 added, 1 changed, 0 destroyed"},
	} {
		for when, later := range map[string]time.Duration{"before T": 0, "across T": untilDue, "across expiry": untilExpiry + time.Hour} {
			t.Run(name+" "+when, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, sandbox.Options{KeepTokensOnReissue: true})
				w.PutClient("robot", nil)
				cli := w.cli(t, tokenFor(`"robot"`, c.before...))
				cli.apply()
				w.Advance(c.first)
				cli.write(w.config(tokenFor(`"robot"`, c.after...)))
				cli.must("plan", "-out=saved")
				w.Advance(later)
				says(t, cli.must("apply", "-no-color", "saved"), c.summary)

				cli.apply()
				cli.empty()
			})
		}
	}
}

// The order of calls when a token is renewed.
func TestTokenRenewalOrder(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name      string
		lifecycle string
		options   sandbox.Options
		calls     []string
	}{
		{"destroy first", "", sandbox.Options{KeepTokensOnReissue: true}, []string{"revoke old", "issue"}},
		{"destroy first, old tokens end", "", sandbox.Options{}, []string{"revoke old", "issue"}},
		{"create first", "create_before_destroy = true", sandbox.Options{KeepTokensOnReissue: true}, []string{"issue", "revoke old"}},
		{"create first, old tokens end", "create_before_destroy = true", sandbox.Options{}, []string{"issue", "revoke old"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, c.options)
			w.PutClient("robot", nil)
			cli := w.cli(t, tokenFor(`"robot"`, "lifecycle {\n    "+c.lifecycle+"\n  }"))
			cli.apply()
			old := w.LiveTokens("robot")[0]
			w.Advance(untilDue)
			w.ResetRequests()
			cli.apply()

			var calls []string
			for _, r := range w.Requests() {
				switch {
				case r.Method == http.MethodPost && r.JSON["issueAccessToken"] == true:
					calls = append(calls, "issue")
				case r.Method == http.MethodDelete && r.JSON["token"] == old:
					calls = append(calls, "revoke old")
				case r.Method == http.MethodDelete:
					calls = append(calls, "revoke something else")
				}
			}
			if diff := cmp.Diff(c.calls, calls); diff != "" {
				t.Errorf("calls (-want +made):\n%s", diff)
			}
			if live := w.LiveTokens("robot"); len(live) != 1 || live[0] == old {
				t.Errorf("%d tokens are alive; the old one must not be", len(live))
			}
			cli.empty()
		})
	}
}
