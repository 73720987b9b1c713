package token_test

import (
	"strings"
	"testing"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
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
		"issued, before T":                          {before: issued, at: acctest.UntilDue - time.Millisecond, plan: nothing},
		"issued, from T on":                         {before: issued, at: acctest.UntilDue, plan: replaces},
		"issued, from T on, without refresh":        {before: issued, at: acctest.UntilDue, flags: []string{"-refresh=false"}, plan: replaces},
		"issued, after expiry":                      {before: issued, at: acctest.UntilExpiry + time.Hour, plan: replaces},
		"issued, after expiry, without refresh":     {before: issued, at: acctest.UntilExpiry + time.Hour, flags: []string{"-refresh=false"}, plan: replaces},
		"issued, from T on, renewal off":            {before: with(issued, "auto_renew = false"), at: acctest.UntilDue, plan: nothing, warns: "Token is due for renewal"},
		"issued, after expiry, renewal off":         {before: with(issued, "auto_renew = false"), at: acctest.UntilExpiry, plan: nothing, warns: "expired on 2026-03-08T12:00:00Z"},
		"issued, renewal switched on once due":      {before: with(issued, "auto_renew = false"), at: acctest.UntilDue, after: issued, plan: replaces},
		"issued, renewal switched off once due":     {before: issued, at: acctest.UntilDue, after: with(issued, "auto_renew = false"), plan: updates, warns: "Token is due for renewal"},
		"issued, settings before T":                 {before: issued, at: acctest.UntilDue - time.Hour, after: with(issued, `on_destroy = "keep"`), plan: updates},
		"issued, settings from T on":                {before: issued, at: acctest.UntilDue, after: with(issued, `on_destroy = "keep"`), plan: replaces},
		"issued, another window, before the new T":  {before: issued, at: 4 * acctest.Day, after: with(issued, `renew_before = "71h"`), plan: updates},
		"issued, another window, from the new T on": {before: issued, at: 4 * acctest.Day, after: with(issued, `renew_before = "72h"`), plan: replaces},
		"issued, a shorter window after the old T":  {before: issued, at: acctest.UntilDue, after: with(issued, `renew_before = "1h"`), plan: updates},
		"issued, triggers":                          {before: with(issued, `rotation_triggers = { a = "1" }`), after: with(issued, `rotation_triggers = { a = "2" }`), plan: replaces},
		"issued, first triggers":                    {before: issued, after: with(issued, `rotation_triggers = { a = "1" }`), plan: updates},
		"issued, no triggers any more":              {before: with(issued, `rotation_triggers = { a = "1" }`), after: issued, plan: updates},
		"issued, triggers that are none":            {before: issued, after: with(issued, `rotation_triggers = {}`), plan: updates},
		"issued, first triggers after none":         {before: with(issued, `rotation_triggers = {}`), after: with(issued, `rotation_triggers = { a = "1" }`), plan: updates},
		"issued, triggers, then none":               {before: with(issued, `rotation_triggers = { a = "1" }`), after: with(issued, `rotation_triggers = {}`), plan: updates},
		"issued, then bound":                        {before: issued, after: bound, plan: replaces},
		"issued, then bound write-only":             {before: issued, after: []string{`token_wo = "mine"`, "token_wo_version = 1"}, plan: replaces},
		"issued, window longer than the lifetime":   {before: with(issued, `renew_before = "1000h"`), at: acctest.UntilExpiry/2 - time.Millisecond, plan: nothing},
		"issued, half the lifetime is over":         {before: with(issued, `renew_before = "1000h"`), at: acctest.UntilExpiry / 2, plan: replaces},
		"issued, opaque with a date":                {options: sandbox.Options{OpaqueTokens: true}, before: issued, at: acctest.UntilDue, plan: replaces},
		"issued, opaque without a date":             {options: sandbox.Options{OpaqueTokens: true, OmitExpiration: true}, before: issued, at: 1000 * acctest.Day, plan: nothing, warns: "Expiry of token is not known"},
		"issued, opaque, no date, renewal off":      {options: sandbox.Options{OpaqueTokens: true, OmitExpiration: true}, before: with(issued, "auto_renew = false"), at: 1000 * acctest.Day, plan: nothing},
		"issued, date of the JWT only":              {options: sandbox.Options{OmitExpiration: true}, before: issued, at: acctest.UntilDue, plan: replaces},
		"bound, before T":                           {before: bound, at: acctest.UntilDue - time.Hour, plan: nothing},
		"bound, from T on":                          {before: bound, at: acctest.UntilDue, plan: nothing, warns: "Configure a new one"},
		"bound, after expiry":                       {before: bound, at: acctest.UntilExpiry + time.Hour, plan: nothing, warns: "expired on 2026-03-08T12:00:00Z"},
		"bound, another token":                      {before: bound, after: []string{`token = "other"`, bound[1]}, plan: updates},
		"bound, another token after expiry":         {before: bound, at: acctest.UntilExpiry + time.Hour, after: []string{`token = "other"`, `expiration_date = "2026-04-08T12:00:00Z"`}, plan: updates},
		"bound, another date":                       {before: bound, after: []string{bound[0], `expiration_date = "2026-03-08T12:00:00.001Z"`}, plan: updates},
		"bound, the same date in other words":       {before: bound, after: []string{bound[0], `expiration_date = "2026-03-08T13:30:00.000+01:30"`}, plan: nothing},
		"bound, settings after expiry":              {before: bound, at: acctest.UntilExpiry + time.Hour, after: with(bound, `on_destroy = "keep"`), plan: updates, warns: "expired on 2026-03-08T12:00:00Z"},
		"bound, window":                             {before: bound, at: 4 * acctest.Day, after: with(bound, `renew_before = "72h"`), plan: updates, warns: "Configure a new one"},
		"bound, no date":                            {before: bound[:1], at: 1000 * acctest.Day, plan: nothing},
		"bound, date not configured any more":       {before: bound, after: bound[:1], plan: nothing},
		"bound, then issued":                        {before: bound, after: issued, plan: replaces},
		"bound, then write-only":                    {before: bound, after: []string{`token_wo = "mine"`, "token_wo_version = 1", bound[1]}, plan: updates},
		"write-only, same version":                  {before: []string{`token_wo = "mine"`, "token_wo_version = 1"}, after: []string{`token_wo = "other"`, "token_wo_version = 1"}, plan: nothing},
		"write-only, new version":                   {before: []string{`token_wo = "mine"`, "token_wo_version = 1"}, after: []string{`token_wo = "other"`, "token_wo_version = 2"}, plan: updates},
		"write-only, then issued":                   {before: []string{`token_wo = "mine"`, "token_wo_version = 1"}, after: issued, plan: replaces},
		"write-only, then bound":                    {before: []string{`token_wo = "mine"`, "token_wo_version = 1"}, after: bound, plan: updates},
		"write-only, from T on":                     {before: []string{`token_wo = "mine"`, "token_wo_version = 1", bound[1]}, at: acctest.UntilDue, plan: nothing, warns: "Configure a new one"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if strings.Contains(name, "write-only") && !acctest.Knows(t, acctest.WriteOnly) {
				return
			}
			w := newWorld(t, row.options)
			c := w.CLI(t, acctest.TokenFor(`"robot"`, row.before...))
			c.Apply()
			w.Advance(row.at)
			if row.after != nil {
				c.Write(w.Config(acctest.TokenFor(`"robot"`, row.after...)))
			}
			output := c.Must(append([]string{"plan"}, row.flags...)...)
			acctest.Says(t, output, row.plan, row.warns)
			if row.warns == "" && strings.Contains(output, "Warning:") {
				t.Errorf("the plan warns:\n%s", output)
			}

			// What was planned applies, and then there is nothing left to do.
			c.Apply(row.flags...)
			c.Empty()
			if got := len(w.LiveTokens("robot")); got != 1 && !strings.Contains(row.warns, "expired") && row.at < 1000*acctest.Day {
				t.Errorf("%d tokens are alive, want 1", got)
			}
		})
	}
}

// The server's dates have milliseconds, and they count.
func TestTokenExpiryIsExactToTheMillisecond(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	w.SetTime(acctest.Epoch.Add(763 * time.Millisecond))
	w.PutClient("robot", nil)
	c := w.CLI(t, acctest.TokenFor(`"robot"`, `renew_before = "48h"`)+"output \"expires\" {\n  value = imkit_client_token.test.expiration_date\n}\n")
	acctest.Says(t, c.Apply(), `expires = "2026-03-08T12:00:00.763Z"`)
	w.Advance(acctest.UntilDue - time.Millisecond)
	c.Empty()
	w.Advance(time.Millisecond)
	acctest.Says(t, c.Must("plan"), replaces)
	c.Write(w.Config(acctest.TokenFor(`"robot"`, `renew_before = "1000h"`)))
	// Issued at the whole second of the JWT, so half its life is over a bit earlier.
	w.SetTime(acctest.Epoch.Add(acctest.UntilExpiry/2 + 381*time.Millisecond))
	c.Apply()
	c.Empty()
	w.Advance(time.Millisecond)
	acctest.Says(t, c.Must("plan"), replaces)
}

func TestTokenBoundPastItsDate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	c := w.CLI(t, acctest.TokenFor(`"robot"`, `token = "first"`))
	c.Apply()
	dated := acctest.TokenFor(`"robot"`, `token = "second"`, `expiration_date = "2026-03-02T12:00:00Z"`)
	c.Write(w.Config(dated))
	c.Must("plan", "-out=saved")
	w.Advance(2 * acctest.Day)
	acctest.Says(t, c.Fails("apply", "-no-color", "saved"), "Expiration date has passed")
	acctest.Says(t, c.Fails("plan"), "Expiration date has passed")
	acctest.Equal(t, "live tokens", []string{"first"}, w.LiveTokens("robot"))
}

func TestTokenReadyForRenewal(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sandbox.Options{})
	c := w.CLI(t, acctest.TokenFor(`"robot"`, "auto_renew = false", `lifecycle {
    postcondition {
      condition     = !self.ready_for_renewal
      error_message = "Renew me."
    }
  }`))
	c.Apply()
	c.Empty("-refresh-only")
	w.Advance(acctest.UntilDue)
	acctest.Says(t, c.Fails("plan"), "Renew me.")
	c.Write(w.Config(acctest.TokenFor(`"robot"`, "auto_renew = false")))
	acctest.Says(t, c.Must("plan", "-refresh-only"), "ready_for_renewal = false -> true")
	c.Apply("-refresh-only")
	c.Empty("-refresh-only")
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
		"renewal":                         {first: acctest.UntilDue, summary: "1 added, 0 changed, 1 destroyed"},
		"renewal, create before destroy":  {before: []string{acctest.CreateBeforeDestroy}, after: []string{acctest.CreateBeforeDestroy}, first: acctest.UntilDue, summary: "1 added, 0 changed, 1 destroyed"},
		"update where renewal is off":     {before: []string{"auto_renew = false"}, after: []string{"auto_renew = false", `renew_before = "72h"`}, summary: "0 added, 1 changed, 0 destroyed"},
		"renewal and update at once":      {first: acctest.UntilDue, after: []string{`on_destroy = "keep"`}, summary: "1 added, 0 changed, 1 destroyed"},
		"bound to another token":          {before: []string{`token = "a"`}, after: []string{`token = "b"`}, summary: "0 added, 1 changed, 0 destroyed"},
		"window of a bound token with it": {before: []string{`token = "a"`, `expiration_date = "2026-03-08T12:00:00Z"`}, after: []string{`token = "a"`, `expiration_date = "2026-03-08T12:00:00Z"`, `renew_before = "49h"`}, summary: "0 added, 1 changed, 0 destroyed"},
	} {
		for when, later := range map[string]time.Duration{"before T": 0, "across T": acctest.UntilDue, "across expiry": acctest.UntilExpiry + time.Hour} {
			t.Run(name+" "+when, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, sandbox.Options{KeepTokensOnReissue: true})
				cli := w.CLI(t, acctest.TokenFor(`"robot"`, c.before...))
				cli.Apply()
				w.Advance(c.first)
				cli.Write(w.Config(acctest.TokenFor(`"robot"`, c.after...)))
				cli.Must("plan", "-out=saved")
				w.Advance(later)
				acctest.Says(t, cli.Must("apply", "-no-color", "saved"), c.summary)

				cli.Apply()
				cli.Empty()
			})
		}
	}
}
