package value

import (
	"fmt"
	"strings"
	"unicode"
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
