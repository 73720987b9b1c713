package session

import (
	"context"
	"crypto/rand"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// Keys of private state.
const (
	// plannedByKey has the run that planned to destroy an object.
	plannedByKey = "destroy_planned_by"
	// sharesNothingKey is there once a run knew that an object, which it failed to
	// destroy, shares nothing with the one that came in its place.
	sharesNothingKey = "shares_nothing"
)

// newRun makes a name for a run, as JSON.
func newRun() []byte {
	encoded, err := json.Marshal(rand.Text())
	if err != nil {
		panic("encoding the name of a run: a string always encodes")
	}
	return encoded
}

// PrivateState is the framework's, whose type has no name outside it.
type PrivateState interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// PlanDestroy notes in the private state of an object, which is about to be
// planned for destruction, that this run planned it.
func (s *Session) PlanDestroy(ctx context.Context, private PrivateState) diag.Diagnostics {
	return private.SetKey(ctx, plannedByKey, s.run)
}

// isDeposed tells whether an object that is being destroyed is one that
// create_before_destroy left behind, in this run or in an earlier one. Those alone
// are planned by the run that destroys them; all others by a run before it, of a
// provider of its own.
func (s *Session) isDeposed(ctx context.Context, private PrivateState) bool {
	by, _ := private.GetKey(ctx, plannedByKey)
	return len(by) > 0 && string(by) == string(s.run)
}

// MayShare tells of an object that is being destroyed whether an apply that did
// not end left it behind, after it had made another in its place. Nobody says
// then what that one is about: Terraform hands over neither the address nor the
// other object. It may be the same client, whose tokens must not be revoked.
//
// madeNone says that this run made nothing of the kind. Where it did, the object
// may as well be one that this very run replaced under another id, whose tokens
// have to end. Nothing tells the two apart, so it is destroyed as any other: an
// apply that did not end, followed by one that also creates others of the kind,
// is the case that is left.
func (s *Session) MayShare(ctx context.Context, private PrivateState, madeNone bool) bool {
	known, _ := private.GetKey(ctx, sharesNothingKey)
	return madeNone && len(known) == 0 && s.isDeposed(ctx, private)
}

// SharesNothing notes in the private state of an object, which this run cannot
// destroy, that this run would have known if it shared something.
func (s *Session) SharesNothing(ctx context.Context, private PrivateState) diag.Diagnostics {
	if !s.isDeposed(ctx, private) {
		return nil
	}
	return private.SetKey(ctx, sharesNothingKey, []byte("true"))
}
