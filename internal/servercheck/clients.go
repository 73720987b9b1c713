package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

const (
	upsert = "POST /admin/clients"
	batch  = "POST /admin/clients/list"
	lookUp = "GET /admin/clients"
)

// server is who answers. Nothing is made before that is known.
var server = topic{
	title: "The server", page: "index.md",
	questions: []question{
		{"foreign-server", "Is it another web server?", "Check base_url.", "A chat server of IMKIT answers."},
		{"api-key-accepted", "Does it accept the API key?", "The provider can work.", "Every apply fails. Check IMKIT_API_KEY."},
	},
	find: (*check).findServer,
}

func (c *check) findServer(ctx context.Context) {
	err := c.api.Probe(ctx)
	switch kind := imkit.KindOf(err); {
	case err == nil:
		c.answer("foreign-server", false) // the key is proven by the calls that follow
	case kind == imkit.KindForeign:
		c.answer("foreign-server", true)
	case kind == imkit.KindUnauthorized || kind == imkit.KindForbidden:
		c.answer("foreign-server", false)
		c.answer("api-key-accepted", false)
	}
	c.over = err
	c.fail(err)
}

// account is the provider's main job, done by the provider's own client of the API.
var account = topic{
	title: "An account", page: "resources/client.md",
	questions: []question{
		{"provider-works", "Does the provider's main job work: look up, create, issue and revoke?", "Accounts and tokens can be managed.", "Accounts or tokens cannot be managed:"},
		{"no-lookup-route", "Does it lack GET /admin/clients?", "Changes made elsewhere are not seen. Creating an account takes adopt_existing = true.", "Changes made elsewhere are seen."},
		{"clients-shown-after", "How late does a look-up show a new account?", "The provider looks twice before it takes an account for gone.", "Nothing to wait for."},
		{"reject-unknown-on-upsert", "Does it refuse to update an account that does not exist, instead of creating it?", "Create accounts with imkit_client_batch.", "imkit_client creates accounts."},
	},
	find: (*check).findAccount,
}

func (c *check) findAccount(ctx context.Context) {
	_, err := c.api.FindClient(ctx, c.a)
	c.lookedUp = imkit.IsNotFound(err)
	if c.lookedUp || imkit.IsUnsupported(err) {
		c.answer("no-lookup-route", !c.lookedUp)
	}
	var failed []error
	step := func(name string, err error) {
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", name, err))
		}
	}
	if !c.lookedUp {
		step("look up", err)
		c.unknown("clients-shown-after", errNoLookUp)
	}
	step("create", c.createAccount(ctx))
	if c.over == nil && c.lookedUp {
		late := c.await(ctx, func() bool { return len(c.lookUp(ctx, nil, c.a)) == 1 })
		c.answerLate("clients-shown-after", late)
		step("look up", c.err)
	}
	if c.over == nil {
		grant, err := c.api.IssueToken(ctx, c.a)
		if step("issue", err); err == nil {
			step("revoke", c.api.RevokeToken(ctx, c.a, grant.Token))
		}
	}
	c.err = nil
	err = errors.Join(failed...)
	switch {
	case ctx.Err() != nil: // that says nothing of the server
		c.over = cmp.Or(err, context.Cause(ctx))
		c.unknown("provider-works", c.over)
	case err != nil:
		c.answer("provider-works", false, strings.ReplaceAll(err.Error(), "\n", "; "))
	default:
		c.answer("provider-works", true)
	}
	c.fail(c.over)
}

// createAccount makes the first account as the provider does or, where an update of what does not exist is refused, in a batch.
// Without that account there is nothing more to ask.
func (c *check) createAccount(ctx context.Context) error {
	name := "Terraform check"
	c.journal.add(kindAccount, c.a)
	_, _, err := c.api.CreateClient(ctx, c.a, imkit.Profile{Nickname: &name})
	if unknown := imkit.IsNotFound(err); err == nil || unknown {
		c.answer("api-key-accepted", true)
		c.answer("reject-unknown-on-upsert", unknown)
		if unknown {
			c.must(ctx, batch, batchOf(c.a))
			c.over = c.err
		}
	} else {
		c.over = err
	}
	return err
}

func batchOf(ids ...string) map[string]any {
	var records []map[string]any
	for _, id := range ids {
		records = append(records, map[string]any{"_id": id, "nickname": "Terraform check, from a batch"})
	}
	return map[string]any{"data": records}
}

// lookUp looks accounts up by their ids, with more parameters.
func (c *check) lookUp(ctx context.Context, more url.Values, ids ...string) []map[string]any {
	q, err := json.Marshal(map[string]any{"_id": map[string]any{"$in": ids}})
	c.fail(err)
	query := url.Values{"q": {string(q)}, "limit": {"10"}}
	maps.Copy(query, more)
	r := c.mustDo(c.send(ctx, c.api, lookUp, imkit.Request{Query: query}))
	if _, ok := r.fields()["data"].([]any); !ok {
		c.fail(fmt.Errorf("the reply to %s has no data", lookUp))
	}
	return objects(r.fields()["data"])
}

// lookUpFirst looks the first account up.
func (c *check) lookUpFirst(ctx context.Context) map[string]any {
	if found := c.lookUp(ctx, nil, c.a); len(found) == 1 {
		return found[0]
	}
	c.fail(errors.New("a look-up does not show the account"))
	return nil
}

// objects are those of a list.
func objects(list any) []map[string]any {
	items, _ := list.([]any)
	var found []map[string]any
	for _, item := range items {
		if o, ok := item.(map[string]any); ok {
			found = append(found, o)
		}
	}
	return found
}

// profiles is how accounts are kept and shown.
var profiles = topic{
	title: "Accounts", page: "resources/client.md",
	questions: []question{
		{"known-clients-only", "Does it refuse a token for an account that does not exist?", "A typing mistake in client_id makes no account.", "The provider looks an account up before it makes a token."},
		{"lower-case-ids", "Does it keep ids in lower case?", "Write ids in lower case.", "Upper and lower case stay."},
		{"ids-kept", "Does it keep any id: spaces, /, %, quotes, letters outside ASCII?", "Any id can be managed.", "Use letters, digits and hyphens."},
		{"reject-existing-on-upsert", "Does it refuse to update an account that exists?", "An account cannot be changed, nor get a token.", "Accounts can be changed."},
		{"values-kept", "Does it keep the types of custom attributes?", "Custom attributes come back as sent.", "A warning names what changed. Here:"},
		{"lookup-fields", "Which fields does a look-up leave out?", "Changes of these fields made elsewhere are not seen.", "Changes of any field made elsewhere are seen."},
		{"ignore-limit", "Does a look-up ignore limit?", "Pages are as long as the server likes.", "Pages are as long as asked."},
		{"ignore-skip", "Does a look-up ignore skip?", "Lists of more than one page fail.", "Lists are read page by page."},
		{"no-batch-route", "Does it lack POST /admin/clients/list?", "imkit_client_batch cannot be used.", "imkit_client_batch can be used."},
		{"errors-under-200", "Does it answer errors with HTTP 200?", "The provider goes by RC.", "Errors have a status of their own."},
		{"error-shape", "How does it word errors?", "The provider reads all of these shapes.", ""},
	},
	find: (*check).findProfiles,
}

func (c *check) findProfiles(ctx context.Context) {
	c.findErrors(ctx)
	c.createSecond(ctx)
	c.findValues(ctx)
	c.lacks("no-batch-route", c.call(ctx, batch, batchOf(c.a, c.b)))
	if !c.lookedUp {
		c.fail(errNoLookUp)
	}
	all := c.lookUp(ctx, nil, c.a, c.b)
	limited := c.lookUp(ctx, url.Values{"limit": {"1"}}, c.a, c.b)
	skipped := c.lookUp(ctx, url.Values{"skip": {"2"}}, c.a, c.b)
	if len(all) != 2 {
		c.fail(errors.New("a look-up does not show both accounts"))
	}
	c.answer("ignore-limit", len(limited) != 1)
	c.answer("ignore-skip", len(skipped) != 0)
}

// findErrors makes a call that is in order but for the key. A wrong key shows as well whether the right one means anything.
func (c *check) findErrors(ctx context.Context) {
	r := c.send(ctx, c.stranger, upsert, imkit.Request{Body: map[string]any{"_id": c.a, "nickname": "Terraform check"}})
	if r.did() {
		c.answer("api-key-accepted", true, "It accepts any other key as well.")
	}
	if !r.refuses() {
		return
	}
	c.answer("errors-under-200", r.Status < 300)
	switch _, nested := r.Object["error"].(map[string]any); {
	case nested:
		c.answer("error-shape", "enveloped")
	case r.Object["error"] != nil:
		c.answer("error-shape", "flat")
	default:
		c.answer("error-shape", "code only")
	}
}

// createSecond makes the second account, with an id that has everything in it that a server may trip over or, where that is
// refused, with a plain one; by a token for it or, where that is refused, without.
func (c *check) createSecond(ctx context.Context) {
	first := strings.TrimSuffix(c.a, "a")
	for _, id := range []string{first + "B /%\"$ e\u0301", first + "b"} {
		c.journal.add(kindAccount, id)
		c.journal.add(kindAccount, strings.ToLower(id)) // where the answer is lost
		r := c.mustAnswer(c.call(ctx, upsert, map[string]any{"_id": id, "issueAccessToken": true}))
		if r.refuses() && r.means() == http.StatusNotFound {
			c.answer("known-clients-only", true)
			c.call(ctx, batch, batchOf(id)) // some servers make no account by an update
			r = c.mustAnswer(c.call(ctx, upsert, map[string]any{"_id": id}))
		} else if r.did() {
			c.answer("known-clients-only", false)
		}
		if r.did() {
			c.findKept(ctx, id, r)
		}
		if c.err != nil || r.did() {
			return
		}
		c.answer("ids-kept", false, "It refuses it.")
	}
	delete(c.answers, "ids-kept") // it was not because of the id
	c.fail(errors.New("a second account was refused"))
}

// findKept answers in which form an id is kept.
func (c *check) findKept(ctx context.Context, sent string, r reply) {
	kept, _ := r.fields()["_id"].(string)
	if kept == "" {
		c.fail(errors.New("the reply to an update shows no _id"))
		return
	}
	c.b = kept
	c.journal.forget(kindAccount, strings.ToLower(sent))
	c.journal.forget(kindAccount, sent)
	c.journal.add(kindAccount, kept)
	if strings.ToLower(sent) != sent {
		c.answer("lower-case-ids", kept != sent && kept == strings.ToLower(sent))
	}
	if _, refused := c.answers["ids-kept"]; refused {
		return
	}
	same := strings.EqualFold(kept, sent)
	if same && c.lookedUp && c.await(ctx, func() bool { return len(c.lookUp(ctx, nil, kept)) == 1 }) == "" {
		c.answer("ids-kept", false, "A look-up does not find it.")
		return
	}
	c.answer("ids-kept", same)
}

// customValues are of every type of JSON, with a number that a double cannot hold.
func customValues() map[string]any {
	return map[string]any{
		"text": "a", "number": json.Number("1.5"), "large": json.Number("9007199254740993"), "flag": false, "null": nil,
		"list": []any{"a", json.Number("1")}, "object": map[string]any{"a": true},
	}
}

// findValues updates the first account with a field of each kind, and looks what comes back.
func (c *check) findValues(ctx context.Context) {
	sent := map[string]any{
		"_id": c.a, "nickname": "Terraform check 2", "avatarUrl": "https://example.com/a.png", "description": "Made by make check-server",
		"isRobot": true, "terraformCheck": customValues(),
	}
	r := c.call(ctx, upsert, sent)
	if r.did() || r.means() == http.StatusConflict {
		c.answer("reject-existing-on-upsert", !r.did())
	}
	shown := c.mustDo(r).fields()
	if c.lookedUp {
		found := c.lookUpFirst(ctx)
		if left := absent(found, slices.Sorted(maps.Keys(sent))...); len(left) > 0 {
			c.answer("lookup-fields", strings.Join(left, ", "))
		} else {
			c.answer("lookup-fields", "none")
		}
		if found["terraformCheck"] != nil {
			shown = found
		}
	}
	kept, ok := shown["terraformCheck"].(map[string]any)
	if !ok {
		return
	}
	var changed []string
	for name, value := range customValues() {
		if !imkit.SameJSON(value, kept[name]) {
			changed = append(changed, name)
		}
	}
	slices.Sort(changed)
	c.answer("values-kept", len(changed) == 0, changed...)
}

// absent are the names that an object does not have.
func absent(object map[string]any, names ...string) []string {
	return slices.DeleteFunc(names, func(name string) bool {
		_, there := object[name]
		return there
	})
}

// connection is what all replies together tell.
var connection = topic{
	title: "The connection", page: "index.md",
	questions: []question{
		{"clock-skew", "How far is its clock ahead of this machine's?", "Renewals go by this machine's clock. The provider warns from a minute on.", "Both clocks agree."},
		{"latency", "How long does a reply take, usually?", "A refresh takes one reply for a hundred accounts, and one for each room.", ""},
		{"requests-per-minute", "How many requests a minute does it allow?", "Set requests_per_minute to no more than that.", ""},
	},
	find: (*check).findConnection,
}

func (c *check) findConnection(context.Context) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dated {
		c.answer("clock-skew", c.clockAhead().String())
	}
	var took []time.Duration
	limited := 0 // which request was the first of too many; 0: none was
	for i, a := range c.attempts {
		if a.Status != 0 {
			took = append(took, a.Duration)
		}
		if limited == 0 && imkit.KindOf(a.Err) == imkit.KindRateLimited {
			limited = i + 1
		}
	}
	if len(took) > 0 {
		slices.Sort(took)
		c.answer("latency", took[len(took)/2].Round(time.Millisecond).String())
	}
	switch {
	case c.limit != "":
		c.answer("requests-per-minute", c.limit)
	case limited > 0:
		c.answer("requests-per-minute", fmt.Sprint("less than ", limited))
	default:
		c.unknown("requests-per-minute", fmt.Errorf("no reply names it, and %d requests did not reach it", len(c.attempts)))
	}
}

// clockAhead is how far the server's clock is ahead, which is exact to a second and the time that a reply takes.
func (c *check) clockAhead() time.Duration {
	ahead := c.api.ClockAhead() + time.Second/2 // dates have whole seconds, rounded down
	if ahead.Abs() < 2*time.Second {
		return 0
	}
	return ahead.Round(time.Second)
}
