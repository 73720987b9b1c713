package session

import "strings"

// Noun is a kind of object that may exist on the server before it is created, in the
// words of messages.
type Noun struct {
	// Type is its resource type.
	Type string
	// Name is what one is called, and Short is that beside Where.
	Name, Short string
	// Where is where they are.
	Where string
	// ID is the attribute that tells one from all others.
	ID string
}

// The nouns whose ids may be the caller's own, so that one that is about to be
// created may exist already.
var (
	NounClient = onServer("client")
	NounRoom   = onServer("room")
	NounGroup  = onServer("group")
	NounConfig = Noun{Type: "imkit_config", Name: "configuration key", Short: "key", Where: "in the configuration", ID: "key"}
	// NounMember is taken over without a word, wherever it is.
	NounMember = Noun{Type: "imkit_room_member", Name: "member of a room"}
)

// onServer is a noun of the usual kind: an object of its own, with an id.
func onServer(name string) Noun {
	return Noun{Type: "imkit_" + name, Name: name, Short: name, Where: "on the server", ID: "id"}
}

// title is the words as they begin a sentence.
func title(words string) string { return strings.ToUpper(words[:1]) + words[1:] }
