package tfvalue

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"strconv"
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
		quoted = append(quoted, Quoted(id))
	}
	return FirstFew(quoted)
}

// Quoted is an id or a name in quotes, and no longer than a message has room for.
func Quoted(name string) string {
	return strconv.Quote(cut(name, maxName))
}

// FirstFew lists what is shown of many, and counts the rest.
func FirstFew(words []string) string {
	list := strings.Join(words[:min(len(words), shownIDs)], ", ")
	if more := len(words) - shownIDs; more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	return list
}

// JoinIDs makes one id of two, which may hold anything, a slash too.
func JoinIDs(first, second string) string {
	return url.PathEscape(first) + "/" + url.PathEscape(second)
}

// SplitIDs takes apart what JoinIDs made, however much of it is encoded.
func SplitIDs(joined string) (first, second string, err error) {
	parts := strings.Split(joined, "/")
	switch {
	case len(parts) < 2:
		return "", "", errors.New("it has no slash")
	case len(parts) > 2:
		return "", "", errors.New("it has more than one slash; write a slash within an id as %2F")
	}
	for i, part := range parts {
		if parts[i], err = url.PathUnescape(part); err != nil {
			return "", "", fmt.Errorf("%q is not percent-encoded; write a percent sign within an id as %%25", part)
		}
	}
	return parts[0], parts[1], nil
}

// Lengths that a text is cut at, in characters.
const (
	maxName = 200
	maxLine = 10_000
	maxText = 50_000
)

// Shown is [OneLine] for several lines, which keep their tabs and spaces.
func Shown(text string) string {
	lines := strings.Split(cut(text, maxText), "\n")
	for i, line := range lines {
		lines[i] = printable(line, '\t')
	}
	return strings.Join(lines, "\n")
}

// OneLine is a text as one line, not far too long, with spaces for what could change the
// terminal.
func OneLine(text string) string { return strings.TrimSpace(printable(text, ' ')) }

// printable replaces characters that do not show by spaces, except for one.
func printable(line string, except rune) string {
	return strings.Map(func(c rune) rune {
		if c != except && !unicode.IsPrint(c) {
			return ' '
		}
		return c
	}, cut(line, maxLine))
}

// cut shortens a text to its first characters and an ellipsis.
func cut(text string, most int) string {
	for i := range text {
		if most == 0 {
			return text[:i] + "…"
		}
		most--
	}
	return text
}

// HCLString is s as a string of the Terraform language: ids may hold quotes
// and template markers.
func HCLString(s string) string {
	return string(hclwrite.TokensForValue(cty.StringVal(s)).Bytes())
}

// Redacted is embedded by what may hold secrets: printed or logged, it shows "(redacted)".
type Redacted struct{}

const redacted = "(redacted)"

// Format prints "(redacted)" whatever the verb.
func (Redacted) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, redacted) }

// LogValue returns "(redacted)".
func (Redacted) LogValue() slog.Value { return slog.StringValue(redacted) }
