package token

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/imkit/terraform-provider-imkit/internal/batch"
	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

const (
	// revocationsAtATime is how many clients lose their tokens at once.
	revocationsAtATime = 4
	// progressLines is about how many lines of progress many clients make.
	progressLines = 10
)

type revokeAction struct{ session.Action }

// NewRevokeAction makes the action imkit_revoke_tokens.
func NewRevokeAction() action.Action {
	return &revokeAction{session.Action{Name: "revoke_tokens"}}
}

func (a *revokeAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Revokes every access token of clients, which signs them out at once (Terraform 1.14 and later).",
		Attributes: map[string]schema.Attribute{
			"client_ids": session.ActionClientIDs(),
		},
	}
}

func (a *revokeAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var ids tfvalue.LargeSet
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("client_ids"), &ids)...)
	if resp.Diagnostics.HasError() || !a.ReadyToApply(&resp.Diagnostics) {
		return
	}
	work := revocations{Action: &a.Action, resp: resp, all: ids.Strings()}
	session.Progress(resp, "Revoking the tokens of %s: %s", clients(len(work.all)), tfvalue.ListIDs(work.all))
	batch.Each(revocationsAtATime, len(work.all), func(i int) { work.one(ctx, work.all[i]) })
	work.findMissing(ctx)
	session.Progress(resp, "%s", work.lastLine())
	var failed []string
	for _, id := range work.failures.IDs() {
		failed = append(failed, strconv.Quote(id))
	}
	outcome := "Users of these clients may still be signed in: " + strings.Join(failed, ", ") + "."
	if done := len(work.all) - work.failures.Len(); done > 0 {
		outcome += fmt.Sprintf(" The tokens of the others (%s) were revoked.", clients(done))
	}
	work.failures.Report(&resp.Diagnostics, "revoke the tokens of", outcome, len(work.all))
}

// revocations is one invocation under way.
type revocations struct {
	*session.Action
	resp *action.InvokeResponse
	all  []string

	mu        sync.Mutex
	failures  session.FailedIDs
	done      int
	tokens    int64
	uncounted bool     // of some, the server did not tell how many
	absent    []string // have no token, or do not exist
}

func (r *revocations) one(ctx context.Context, id string) {
	defer r.Session.Lock(session.NounClient, id)()
	ended, err := r.Session.API.RevokeAllTokens(ctx, id)
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case err != nil:
		r.failures.Add(err, id)
	case ended.NotFound:
		r.absent = append(r.absent, id)
	case ended.Tokens.Value != nil:
		r.tokens += *ended.Tokens.Value
	default:
		r.uncounted = true
	}
	r.done++
	if every := max(1, len(r.all)/progressLines); r.done%every == 0 && r.done < len(r.all) {
		session.Progress(r.resp, "%d of %s done", r.done, clients(len(r.all)))
	}
}

// findMissing looks for clients without a token: a typing mistake must not look like success.
func (r *revocations) findMissing(ctx context.Context) {
	if len(r.absent) == 0 {
		return
	}
	found, err := r.Session.API.GetClients(ctx, r.absent)
	for _, id := range r.absent {
		switch {
		case imkit.IsUnsupported(err): // an old server, which nobody can ask
		case err != nil:
			r.failures.Add(fmt.Errorf("it has no token or does not exist, and looking it up failed: %w", err), id)
		case found[id] == nil:
			r.failures.Add(errors.New("there is no such client, so nobody was signed out. Check the id, upper and lower case included"), id)
		}
	}
}

func (r *revocations) lastLine() string {
	done := clients(len(r.all) - r.failures.Len())
	switch {
	case r.uncounted && r.tokens == 0:
		return "Revoked every token of " + done
	case r.uncounted:
		return fmt.Sprintf("Revoked every token of %s: %d, and those that the server did not count", done, r.tokens)
	case r.tokens == 1:
		return "Revoked 1 token of " + done
	}
	return fmt.Sprintf("Revoked %d tokens of %s", r.tokens, done)
}

func clients(n int) string {
	if n == 1 {
		return "1 client"
	}
	return fmt.Sprintf("%d clients", n)
}
