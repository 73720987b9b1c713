package value

import (
	"fmt"
	"io"
	"log/slog"
)

// Quiet is embedded by what holds secrets, or may: however that is printed or
// logged, it shows "(redacted)". The framework's own types show their values.
type Quiet struct{}

const redacted = "(redacted)"

// Format prints "(redacted)" whatever the verb.
func (Quiet) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, redacted) }

// LogValue returns "(redacted)".
func (Quiet) LogValue() slog.Value { return slog.StringValue(redacted) }
