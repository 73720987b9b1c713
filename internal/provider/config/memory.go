package config

import (
	"bytes"
	"context"
	"encoding/json"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
	"github.com/imkit/terraform-provider-imkit/internal/provider/value"
)

// memoryKey has, in private state, what is known of the server's word on what was
// written last, where that is another.
const memoryKey = "written"

// configLag is how long a server may go on showing what a key had before it was written.
// What it shows after that is what it has.
const configLag = time.Minute

// memory is what is known of the server's word on what was written last. A plan
// is made by another process than the one that wrote.
type memory struct {
	// Before is what the server still showed when At the key was written.
	Before *content  `json:"before,omitempty"`
	At     time.Time `json:"at,omitzero"`
	// Stored is what the server has in place of what was sent.
	Stored *content `json:"stored,omitempty"`
}

// remember compares what the server shows, after a value was sent in the place of
// what was there before, of which m was known. It is nil where it shows what was
// sent.
func (m *memory) remember(sent any, before, shown content, now time.Time) *memory {
	switch {
	case shown.equals(content{true, sent}):
		return nil
	case shown.equals(before), m != nil && m.Before != nil && shown.equals(*m.Before):
		return &memory{Before: &shown, At: now}
	case !shown.There: // somebody deleted it
		return nil
	}
	return &memory{Stored: &shown}
}

// accepts tells whether what the server shows is no news to a state that has what
// was written.
func (m *memory) accepts(written types.Dynamic, shown content, now time.Time) bool {
	switch {
	case shown.There && value.IsJSON(written, shown.Value):
		return true
	case m == nil:
		return false
	case m.Stored != nil && m.Stored.equals(shown):
		return true
	}
	return m.Before != nil && m.Before.equals(shown) && now.Sub(m.At) < configLag
}

// load reads the memory; nil where there is none.
func load(ctx context.Context, private session.PrivateState) (*memory, diag.Diagnostics) {
	encoded, diags := private.GetKey(ctx, memoryKey)
	if len(encoded) == 0 {
		return nil, diags
	}
	decoder := json.NewDecoder(bytes.NewReader(encoded))
	decoder.UseNumber()
	var m memory
	if err := decoder.Decode(&m); err != nil { // of a newer version of the provider
		return nil, diags
	}
	return &m, diags
}

// save replaces the memory; nil is none.
func (m *memory) save(ctx context.Context, private session.PrivateState) diag.Diagnostics {
	if m == nil {
		return private.SetKey(ctx, memoryKey, nil)
	}
	encoded, err := json.Marshal(m)
	if err != nil { // JSON of the server's
		return private.SetKey(ctx, memoryKey, nil)
	}
	return private.SetKey(ctx, memoryKey, encoded)
}
