package value

import (
	"fmt"
	"strings"
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
