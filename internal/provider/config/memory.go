package config

import (
	"bytes"
	"context"
	"encoding/json"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

// memoryKey has the memory in private state.
const memoryKey = "written"

// configLag is how long a server may go on showing what a key had before it was written.
// What it shows after that is what it has.
const configLag = time.Minute

// memory is what the server still showed of a key when it was written last, where
// that was not what was sent. A plan is made by another process than the one that wrote.
type memory struct {
	// Before is what the server still showed when At the key was written.
	Before *content  `json:"before,omitempty"`
	At     time.Time `json:"at,omitzero"`
}

// shows reports whether what the server shows is what it had before the write.
func (m *memory) shows(shown content) bool {
	return m != nil && m.Before != nil && m.Before.equals(shown)
}

// accepts reports whether what the server shows is no news to a state that has what
// was written.
func (m *memory) accepts(written types.Dynamic, shown content, now time.Time) bool {
	return shown.There && tfvalue.IsJSON(written, shown.Value) || m.shows(shown) && now.Sub(m.At) < configLag
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
