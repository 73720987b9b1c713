package imkit

import (
	"fmt"
	"io"
	"log/slog"
)

// secret is text that does not show: what [Token] and [Webhook] have in common.
type secret struct {
	// A pointer, so that fmt shows an address at most where it cannot call the
	// methods below: in another struct's unexported field.
	value *string
}

// Reveal returns the value, "" for the zero value.
func (s secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// IsZero reports whether there is no value at all.
func (s secret) IsZero() bool { return s.value == nil }

func (s secret) equal(t secret) bool {
	return s.IsZero() == t.IsZero() && s.Reveal() == t.Reveal()
}

// String returns "(redacted)".
func (s secret) String() string { return redacted }

// GoString returns "(redacted)".
func (s secret) GoString() string { return redacted }

// Format prints "(redacted)" whatever the verb.
func (s secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue returns "(redacted)".
func (s secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns "(redacted)", for encoding/json and the like.
func (s secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
