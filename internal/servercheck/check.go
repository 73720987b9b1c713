package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

const (
	prefix = "terraform-check-"
	// timeToAsk is for all questions, so that the whole takes less than a minute.
	timeToAsk = 45 * time.Second
	// timeToWait is for what a server shows late; the provider waits as long.
	timeToWait = 10 * time.Second
	// tries is how often what only reads, and what is removed, is tried.
	tries = 3
	// timeToRemove is long enough for a server that asks to be left alone for a minute.
	timeToRemove = 90 * time.Second
)

var (
	errNoSecond = errors.New("there is no second account")
	errNoLookUp = errors.New("looking accounts up does not work")
)

// question is one thing that servers differ in.
type question struct {
	name string // of the sandbox's switch, where there is one
	asks string
	// What the answer means to users. no, if there is one, is of false, 0s and the like.
	yes, no string
}

// topic is some questions that the same calls answer. find makes them until one fails, which is then the reason for the
// answers that are missing.
type topic struct {
	title     string
	page      string // below docs, that says more
	questions []question
	find      func(*check, context.Context)
}

// topics are all questions, in the order of the calls.
func topics() []topic {
	return []topic{server, account, profiles, tokens, messages, rooms, members, roomChanges, groups, config, connection}
}

// answer is what was found out.
type answer struct {
	value  any    // a bool or a string; nil: unknown
	detail string // goes with the meaning
	reason string // why it is unknown
}

// check is one run.
type check struct {
	api      *imkit.API
	stranger *imkit.API // with keys that nobody has
	server   string
	progress io.Writer
	journal  journal
	answers  map[string]answer

	mu       sync.Mutex
	attempts []imkit.Attempt
	dated    bool   // replies tell the time
	limit    string // of requests, as a header names it

	err   error // why the topic goes no further; then nothing is sent or answered
	over  error // why no topic does
	asked int   // how many topics were begun

	// What it makes. The second account's id has everything in it that a server may trip over, unless one did; it is "" until
	// there is that account.
	a, b, room, group string
	keys              [2]string

	lookedUp bool // the server has the look-up
	usableMe bool // GET /me tells a live token from another
	revokes  bool // so does a revocation
}

func newCheck(cfg imkit.Config, progress io.Writer) (*check, error) {
	id := prefix + strings.ToLower(rand.Text()[:10])
	c := &check{
		progress: progress, answers: map[string]answer{},
		a: id + "-a", room: id + "-room", group: id + "-group", keys: [2]string{id + "-key-1", id + "-key-2"},
	}
	cfg.UserAgent, cfg.MaxRetries, cfg.RequestTimeout = "terraform-provider-imkit check-server", tries-1, 10*time.Second
	cfg.OnAttempt = func(_ context.Context, a imkit.Attempt) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.attempts = append(c.attempts, a)
	}
	var err error
	if c.api, err = imkit.New(cfg); err != nil {
		return nil, err
	}
	c.server = cfg.BaseURL.String()
	cfg.APIKey, cfg.ClientKey = noSecret, noSecret
	c.stranger, err = imkit.New(cfg)
	return c, err
}

// noSecret is no key and no token of anybody.
var noSecret = imkit.NewSecret(prefix + "no-token")

// run asks everything, and then removes what was made, also after an error or an interrupt.
func (c *check) run(ctx context.Context) {
	asking, cancel := context.WithTimeoutCause(ctx, timeToAsk, errors.New("there was no time left"))
	defer cancel()
	for _, t := range topics() {
		if c.err = c.over; c.err == nil {
			fmt.Fprintf(c.progress, "%s ...\n", t.title)
			c.asked++
			t.find(c, asking)
		}
		if ctx.Err() != nil {
			c.over = cmp.Or(c.over, errors.New("the check was interrupted"))
		}
		for _, q := range t.questions {
			if _, answered := c.answers[q.name]; !answered {
				c.unknown(q.name, errors.New("the server's replies do not tell"))
			}
		}
	}
	removing, done := context.WithTimeout(context.WithoutCancel(ctx), timeToRemove)
	defer done()
	c.remove(removing)
}

// fail ends a topic, unless the error is nil.
func (c *check) fail(err error) { c.err = cmp.Or(c.err, err) }

// send makes a call, and fails without an answer.
func (c *check) send(ctx context.Context, api *imkit.API, call string, q imkit.Request) reply {
	if c.err != nil {
		return reply{err: c.err}
	}
	r := ask(ctx, api, call, q)
	if r.Status == 0 {
		c.fail(r.err)
	}
	c.dated = c.dated || r.Header.Get("Date") != ""
	for _, name := range []string{"X-RateLimit-Limit", "RateLimit-Limit", "X-Rate-Limit-Limit"} {
		c.limit = cmp.Or(firstNumber.FindString(r.Header.Get(name)), c.limit)
	}
	return r
}

var firstNumber = regexp.MustCompile(`[0-9]{1,9}`)

// call makes a call with the API key, and must fails unless the server does it.
func (c *check) call(ctx context.Context, call string, body map[string]any, args ...string) reply {
	return c.send(ctx, c.api, call, imkit.Request{Body: body, Args: args})
}

func (c *check) must(ctx context.Context, call string, body map[string]any, args ...string) reply {
	return c.mustDo(c.call(ctx, call, body, args...))
}

// mustDo fails unless the server did what it was asked.
func (c *check) mustDo(r reply) reply {
	c.fail(r.err)
	return r
}

// mustAnswer fails unless the server did it or refused it, in JSON.
func (c *check) mustAnswer(r reply) reply {
	if !r.refuses() {
		c.fail(r.err)
	}
	return r
}

// answer notes what was found out, a bool or a string, and details that go with its meaning.
func (c *check) answer(name string, value any, details ...string) {
	if c.err == nil {
		c.answers[name] = answer{value: value, detail: strings.Join(details, ", ")}
	}
}

// unknown notes why something was not found out: for a reason, unless the topic ended before.
func (c *check) unknown(name string, reason error) {
	c.answers[name] = answer{reason: cmp.Or(c.err, reason).Error()}
}

// is reports whether an answer is yes.
func (c *check) is(name string) bool { return c.answers[name].value == true }

// lacks answers, and tells, whether the server lacks a call.
func (c *check) lacks(name string, r reply) bool {
	if r.noRoute() || r.did() || r.refuses() {
		c.answer(name, r.noRoute())
	}
	return r.noRoute()
}

// needs is lacks for a call without which the topic ends.
func (c *check) needs(name string, r reply) {
	if c.lacks(name, r) {
		c.fail(fmt.Errorf("the server does not have %s", r.call))
	}
}

// await looks again and again until something shows. late says when it did, "" that it did not in time.
func (c *check) await(ctx context.Context, shows func() bool) (late string) {
	began := time.Now()
	late = "0s"
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		asked := time.Since(began)
		switch shown := shows(); {
		case c.err != nil:
			return ""
		case shown:
			return late
		case asked >= timeToWait:
			return ""
		}
		pause(ctx, wait)
		c.fail(context.Cause(ctx))
		late = "within " + time.Since(began).Round(100*time.Millisecond).String()
	}
}

// pause waits, unless the context ends.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// answerLate answers how late something shows, and fails if it did not.
func (c *check) answerLate(name string, late string) {
	if late == "" {
		c.answer(name, "more than "+timeToWait.String())
		c.fail(fmt.Errorf("what was written did not show within %s", timeToWait))
	}
	c.answer(name, late)
}

// journal lists what is about to be made, so that it can be removed whatever happens.
type journal []entry

// entry is one thing that is about to be made.
type entry struct{ kind, id string }

// What is made.
const (
	kindAccount = "account"
	kindGroup   = "group"
	kindRoom    = "room"
	kindKey     = "key of the configuration"
)

func (j *journal) add(kind, id string) {
	if !slices.Contains(*j, entry{kind, id}) {
		*j = append(*j, entry{kind, id})
	}
}

// forget takes out what is not there: it was refused, or is removed.
func (j *journal) forget(kind, id string) {
	*j = slices.DeleteFunc(*j, func(e entry) bool { return e == entry{kind, id} })
}

// remove deletes rooms and keys, and revokes every token of the accounts. It says what stays.
func (c *check) remove(ctx context.Context) {
	if len(c.journal) == 0 {
		return
	}
	fmt.Fprintln(c.progress, "Cleaning up ...")
	var stay []string
	for _, e := range slices.Backward(c.journal) {
		stays, err := c.removeOne(ctx, e)
		for n := 1; err != nil && !imkit.IsUnsupported(err) && n < tries && ctx.Err() == nil; n++ {
			pause(ctx, 20*time.Second) // imkit leaves a server that does not answer alone for 30 seconds
			stays, err = c.removeOne(ctx, e)
		}
		if err != nil {
			fmt.Fprintf(c.progress, "NOT CLEANED UP: the %s %q, because %v\n", e.kind, e.id, err)
		}
		if stays {
			stay = append(stay, fmt.Sprintf("the %s %q", e.kind, e.id))
		}
	}
	if len(stay) > 0 {
		fmt.Fprintln(c.progress, "The API cannot delete these, so they stay:", strings.Join(stay, ", "))
	}
}

// removeOne deletes a room or a key, and revokes every token of an account. stays tells what the API cannot delete.
func (c *check) removeOne(ctx context.Context, e entry) (stays bool, err error) {
	switch e.kind {
	case kindRoom:
		_, err = c.api.DeleteRoom(ctx, e.id)
		// Some servers answer about a room that is not there as about one that nobody may see.
		if err != nil {
			if exists, unclear := c.api.RoomExists(ctx, e.id); unclear == nil && !exists {
				err = nil
			}
		}
		return false, err
	case kindKey:
		_, err = c.api.DeleteConfig(ctx, e.id)
		return false, err
	case kindAccount:
		revoked, err := c.api.RevokeAllTokens(ctx, e.id)
		if imkit.IsUnsupported(err) {
			err = fmt.Errorf("its tokens cannot be revoked and live until they expire: %w", err)
		}
		return !revoked.NotFound, err
	}
	return true, nil
}
