package config

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

// outcome is what came of a write.
type outcome struct {
	diags  diag.Diagnostics
	failed bool
	// mayBeThere tells of a write that failed that it may have done its work.
	mayBeThere bool
}

// write writes the planned value in the place of what was there before, of which
// known was remembered, and returns what to remember of it.
func (r *configResource) write(ctx context.Context, operation string, plan configModel, before content, known *memory) (*memory, outcome) {
	var o outcome
	key := plan.Key.ValueString()
	sent, err := tfvalue.ToJSON(plan.Value)
	if err != nil {
		o.failed = true
		o.diags.AddAttributeError(path.Root("value"), "Invalid value", fmt.Sprintf("The value of key %q cannot be sent as JSON: %s.", key, err))
		return nil, o
	}
	done, err := r.Session.API.SetConfig(ctx, key, sent, before.Value)
	if len(done.PutBack) > 0 {
		o.diags.AddWarning("Server lost other keys for a moment", putBackDetail(key, done.PutBack))
	}
	session.WarnRecovered(&o.diags, "Key", operation+"d", fmt.Sprintf("key %q", key), done.Recovered)
	if err != nil {
		o.failed, o.mayBeThere = true, imkit.OutcomeUnknown(err) || errors.Is(err, imkit.ErrConfigLost)
		o.diags.Append(writeFailed(operation, key, err))
		return nil, o
	}
	if !done.Known { // whoever cannot look now learns it from the next plan
		return nil, o
	}
	switch shown := (content{done.Shown != nil, done.Shown}); {
	case shown.equals(content{true, sent}):
	case shown.equals(before), known.shows(shown):
		return &memory{Before: &shown, At: r.Session.Now()}, o
	case shown.There: // or somebody deleted it
		session.WarnAltered(&o.diags, named(key), []string{"value"})
	}
	return nil, o
}

func putBackDetail(key string, putBack []string) string {
	return fmt.Sprintf("When key %q was written, this server lost the keys that were not sent along: %s. They were put back at once, with the values they had. "+
		"Apps that read the configuration in that moment may have missed them. From then on, this run sends the whole configuration with each write.",
		key, tfvalue.ListIDs(putBack))
}

// writeFailed reports that a key was not written.
func writeFailed(operation, key string, err error) diag.Diagnostic {
	failure := session.APIError(operation, named(key), err)
	if !errors.Is(err, imkit.ErrConfigLost) {
		return failure
	}
	return diag.NewErrorDiagnostic("Keys of the configuration may be lost", failure.Detail()+
		"\n\nKeys that Terraform manages come back with the next apply. Look after the others by hand, before anything else is written: "+
		"some servers replace the whole configuration with each write.")
}

var errAbsent = errors.New("there is no such key")

// find finds what a key has; one that is not there is an error.
func (r *configResource) find(ctx context.Context, key string) (content, error) {
	all, err := r.Session.API.GetConfig(ctx)
	if err != nil {
		return content{}, err
	}
	found := contentOf(all, key)
	if !found.There {
		return found, errAbsent
	}
	return found, nil
}

// findForCreate looks for the key before it is created, and refuses to go on
// where that would overwrite what somebody else wrote.
func (r *configResource) findForCreate(ctx context.Context, plan configModel) (content, diag.Diagnostics) {
	var diags diag.Diagnostics
	key := plan.Key.ValueString()
	existing, err := r.find(ctx, key)
	switch {
	case errors.Is(err, errAbsent):
	case err != nil:
		diags.Append(session.APIError("create", named(key), err))
	case !plan.AdoptExisting.ValueBool():
		diags.Append(session.AlreadyExists(session.NounConfig, key))
	}
	return existing, diags
}
