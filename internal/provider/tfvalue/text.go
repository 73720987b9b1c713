package tfvalue

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
	"unicode"

	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
)

// shownIDs is how many ids a message lists before it only counts.
const shownIDs = 5

// ListIDs lists the first few ids in quotes, and counts the rest.
func ListIDs(ids []string) string {
	var quoted []string
	for _, id := range ids {
		quoted = append(quoted, fmt.Sprintf("%q", id))
	}
	return FirstFew(quoted)
}

// FirstFew lists what is shown of many, and counts the rest.
func FirstFew(words []string) string {
	list := strings.Join(words[:min(len(words), shownIDs)], ", ")
	if more := len(words) - shownIDs; more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	return list
}

// OneLine is a text of others' as a line of its own: characters that do not show,
// or could change the terminal, are spaces.
func OneLine(text string) string {
	return strings.TrimSpace(strings.Map(func(c rune) rune {
		if !unicode.IsPrint(c) {
			return ' '
		}
		return c
	}, text))
}

// HCLString is s as a string of the Terraform language: ids may hold quotes
// and template markers.
func HCLString(s string) string {
	return string(hclwrite.TokensForValue(cty.StringVal(s)).Bytes())
}

// Redacted is embedded by what holds secrets, or may: however that is printed or
// logged, it shows "(redacted)". The framework's own types show their values.
type Redacted struct{}

const redacted = "(redacted)"

// Format prints "(redacted)" whatever the verb.
func (Redacted) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, redacted) }

// LogValue returns "(redacted)".
func (Redacted) LogValue() slog.Value { return slog.StringValue(redacted) }
