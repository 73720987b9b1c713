package imkit

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"
)

const pathMessages = "/messages"

// Message is what [API.SendMessage] sends.
type Message struct {
	// Room is the id of a room, Sender that of a client that exists.
	Room, Sender string
	// Type is "text", "announcement" or a type of the application's own, and Text
	// what it says.
	Type, Text string
	// Push tells whether to notify; nil leaves it to the server, which does.
	Push *bool
	// Mentions are ids of clients.
	Mentions []string
}

// SentMessage is a message that the server has.
type SentMessage struct {
	// ID is the server's name of the message, "" if it did not tell.
	ID string
	// At is when the message was sent, in UTC; the zero time when unknown.
	At time.Time
}

// SendMessage sends a message to a room, once: of an error, [OutcomeUnknown] says
// that it may have been sent nevertheless. Clients that do not exist are a
// [*MembersError]; where there is no such room, [IsNotFound] is true.
//
// https://docs.imkit.io: POST /messages.
func (a *API) SendMessage(ctx context.Context, m Message) (SentMessage, error) {
	if err := CheckRoomID(m.Room); err != nil {
		return SentMessage{}, err
	}
	people := append([]string{m.Sender}, m.Mentions...)
	if err := checkIDs("client id", people); err != nil {
		return SentMessage{}, err
	}
	if err := checkMessage(m.Type, m.Text); err != nil {
		return SentMessage{}, err
	}
	body := map[string]any{"room": m.Room, "sender": m.Sender, "messageType": m.Type, "message": m.Text}
	setField(body, "push", m.Push)
	if len(m.Mentions) > 0 {
		body["mentions"] = m.Mentions
	}
	var sent SentMessage
	err := a.sendOnce(ctx, pathMessages, body, people, []string{m.Text}, func(o map[string]any) error {
		id, err := typed[string](o, fieldID)
		if err != nil {
			return err
		}
		if id.Value != nil {
			sent.ID = *id.Value
		}
		if ms, ok := o["messageTimeMS"]; ok {
			at, err := integer(ms)
			if err != nil || at < 0 || at > maxEpochMS {
				return errors.New("messageTimeMS is not a date")
			}
			sent.At = time.UnixMilli(at).UTC()
		}
		return nil
	})
	if e, ok := errors.AsType[*Error](err); ok && e.saysGone() && !IsUnknownMember(err) {
		err = e.gone()
	}
	if err != nil {
		return SentMessage{}, err
	}
	return sent, nil
}

func checkMessage(kind, text string) error {
	switch {
	case kind == "":
		return errors.New("the type of the message is empty")
	case text == "":
		return errors.New("the message is empty")
	}
	return nil
}

// minText is how many characters a text has of which no error may repeat anything.
// What is shorter tells nobody anything, and would hide half of every message.
const minText = 4

// secretTexts are texts as the server may repeat them: whole, or a line of them.
func secretTexts(texts []string) []string {
	var all []string
	for _, text := range texts {
		for _, part := range append(strings.Split(text, "\n"), text) {
			if part = strings.TrimSpace(part); utf8.RuneCountInString(part) >= minText {
				all = append(all, part)
			}
		}
	}
	return all
}

// sendOnce makes a call that cannot be taken back. People are the clients that it
// is about, and texts what they are told, which is nobody else's business.
func (a *API) sendOnce(ctx context.Context, path string, body map[string]any, people, texts []string, decode func(map[string]any) error) error {
	err := a.do(ctx, call{
		method: http.MethodPost,
		path:   path,
		body:   body,
		texts:  secretTexts(texts),
		once:   true,
		decode: func(reply answer) error {
			if reply.enveloped && reply.result == nil {
				return nil
			}
			o, err := reply.object()
			if err != nil {
				return err
			}
			return decode(o)
		},
	})
	if OutcomeUnknown(err) {
		return fmt.Errorf("it may have been sent nevertheless, and is not sent again: %w", err)
	}
	return a.nameUnknown(ctx, people, a.notAllowed(ctx, notAbsence(err)), a.UnknownMembers)
}
