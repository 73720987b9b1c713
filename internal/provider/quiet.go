package provider

import (
	"fmt"
	"io"
	"log/slog"
)

// quiet is embedded by what holds secrets, or may: however that is printed or
// logged, it shows "(redacted)". The framework's own types show their values.
type quiet struct{}

const redacted = "(redacted)"

// Format prints "(redacted)" whatever the verb.
func (quiet) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, redacted) }

// LogValue returns "(redacted)".
func (quiet) LogValue() slog.Value { return slog.StringValue(redacted) }
