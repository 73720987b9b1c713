package session

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

// named is an object of a kind.
type named struct {
	noun Noun
	id   string
}

// Saw notes that this run has read an object, or planned it with a state: that
// it exists is no news then.
func (s *Session) Saw(noun Noun, id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen[named{noun, id}] = true
}

// Reads notes that this run reads an object, which one that applies does not.
func (s *Session) Reads(noun Noun, id string) {
	s.Saw(noun, id)
	s.Refreshed.Store(true)
}

// PriorID is the id that an object has in the state, null for a new one. That it
// exists is no news then.
func (s *Session) PriorID(ctx context.Context, noun Noun, state tfsdk.State, diags *diag.Diagnostics) types.String {
	var id types.String
	if !state.Raw.IsNull() {
		diags.Append(state.GetAttribute(ctx, path.Root(noun.ID), &id)...)
		s.Saw(noun, id.ValueString())
	}
	return id
}

func (s *Session) saw(noun Noun, id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen[named{noun, id}]
}

// LookAhead looks whether an object exists that a plan is about to create, so
// that people read of it before anything is applied. exists is false as well
// where nobody can tell: while settings are not known, and where the look-up
// fails; the apply decides then. That the key is refused is a warning, since a plan for
// a review may have none. Only that another web server answers is an error of the plan.
//
// Terraform plans a replacement as a create, and two objects that swap their
// ids as two of them. So what this run has seen in a state is never said to
// exist. Only a tainted object that nobody refreshed may be.
//
// Terraform plans once more when it applies, just before it creates, so what was
// found then is kept for [Look]. Once this run has begun to apply, Look alone asks.
func LookAhead[T any](ctx context.Context, s *Session, noun Noun, id string, look func(context.Context, string) (T, error), diags *diag.Diagnostics) (found T, exists bool) {
	var none T
	if s == nil || s.API == nil || s.applying.Load() || s.saw(noun, id) {
		return none, false
	}
	found, err := look(ctx, id)
	s.mu.Lock()
	s.ahead[named{noun, id}] = lookedUp{found, err}
	s.mu.Unlock()
	switch {
	case imkit.KindOf(err) == imkit.KindForeign:
		diags.Append(APIError("look for", fmt.Sprintf("%s %q", noun.Name, id), err))
	case imkit.KindOf(err) == imkit.KindUnauthorized && s.First("key refused"):
		diags.AddWarning("Server does not accept the API key",
			fmt.Sprintf("Whether the %s %q exists already is not known, nor is it of other objects that this plan creates. %s", noun.Name, id, Sentence(err.Error())))
	}
	if err != nil || s.saw(noun, id) { // read at the same moment
		return none, false
	}
	return found, true
}

// lookedUp is the answer to a look-up.
type lookedUp struct {
	found any
	err   error
}

// Look looks for an object that is about to be created, unless the plan just did.
// What a plan has found is of no use once this run made the object: two resources of
// one object may be planned before either of them is created.
func Look[T any](ctx context.Context, s *Session, noun Noun, id string, look func(context.Context, string) (T, error)) (T, error) {
	s.mu.Lock()
	answer, ok := s.ahead[named{noun, id}]
	delete(s.ahead, named{noun, id})
	ok = ok && !s.created[named{noun, id}]
	s.mu.Unlock()
	if found, is := answer.found.(T); ok && is {
		return found, answer.err
	}
	return look(ctx, id)
}
