package session

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// plannedByKey has, in private state, the run that planned to destroy an object.
const plannedByKey = "destroy_planned_by"

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

// PlanDestroy notes in the private state of an object, whose destruction is being
// planned, that this run planned it.
func (s *Session) PlanDestroy(ctx context.Context, private PrivateState) diag.Diagnostics {
	return private.SetKey(ctx, plannedByKey, s.run)
}

// IsPlanned reports whether [Session.PlanDestroy] was called for an object: Terraform plans
// a replacement as a create.
func IsPlanned(ctx context.Context, private PrivateState) bool {
	by, _ := private.GetKey(ctx, plannedByKey)
	return len(by) > 0
}

// IsLeftBehind reports whether an object that is being destroyed is one that
// create_before_destroy left behind, in this run or in an earlier one that failed. Those
// alone are planned by the run that destroys them; all others by a run before it, of a
// provider of its own.
//
// Nobody says whether such an object is about the same as the one that came in its place:
// Terraform hands over neither the address nor the other object. So of it only what is
// exactly its own is ended, and a warning names the rest.
func (s *Session) IsLeftBehind(ctx context.Context, private PrivateState) bool {
	by, _ := private.GetKey(ctx, plannedByKey)
	return string(by) == string(s.run)
}

// MadeFirst says, in the warning of what is not ended, why that is.
func MadeFirst(object string) string {
	return fmt.Sprintf("Another resource was made before this one of %s was destroyed, as create_before_destroy does, in this apply or in an earlier one.", object)
}
