package imkit

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	pathMessages  = "/messages"
	pathBroadcast = "/messages/batch"
)

// Message is what [API.SendMessage] sends.
type Message struct {
	// Mentions are ids of clients.
	Mentions []string `json:"mentions,omitempty"`
	// Text is what it says. It must not be empty.
	Text string `json:"message"`
	// Type is "text", "announcement" or a type of the application's own.
	Type string `json:"messageType"`
	// Push is whether to notify; nil leaves it to the server, which does.
	Push *bool `json:"push,omitempty"`
	// Room is the id of a room, Sender that of a client that exists.
	Room   string `json:"room"`
	Sender string `json:"sender"`
}

// SentMessage is a message that the server has.
type SentMessage struct {
	// ID is the server's name of the message, "" if it did not tell.
	ID string
	// At is when the message was sent, in UTC; the zero time when unknown.
	At time.Time
}

// SendMessage sends a message to a room, once: of an error, [OutcomeUnknown] says that it
// may have been sent nevertheless. Clients that do not exist are a [*MembersError]; where
// there is no such room, [IsNotFound] is true.
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
	reply, err := a.sendOnce(ctx, pathMessages, m, people, []string{m.Text})
	if err != nil {
		return SentMessage{}, err
	}
	sent := SentMessage{ID: valueOr(fieldOf[string](reply, fieldID), "")}
	if at, err := integer(reply["messageTimeMS"]); err == nil && at > 0 && at <= maxEpochMS {
		sent.At = time.UnixMilli(at).UTC()
	}
	return sent, nil
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

// sendOnce makes a call that cannot be taken back, and returns the object in its reply.
// People are the clients that it is about, and texts are what no error may repeat.
func (a *API) sendOnce(ctx context.Context, path string, body any, people, texts []string) (map[string]any, error) {
	c := call{method: http.MethodPost, path: path, body: body, hide: secretTexts(texts), nonIdempotent: true}
	if path == pathMessages { // which alone is about one room
		c.absence = absentByStatus
	}
	reply, err := request(ctx, a, c, func(reply answer) (map[string]any, error) {
		if reply.isEmpty() {
			return map[string]any{}, nil
		}
		return reply.object()
	})
	if OutcomeUnknown(err) {
		return nil, fmt.Errorf("it may still have been sent, and is not sent again: %w", err)
	}
	if e, ok := errors.AsType[*Error](err); ok && e.Kind == KindNotFound { // the room, or one of the people
		named := a.nameUnknown(ctx, people, e.refused(), a.UnknownMembers)
		if HasProblem(named, MemberUnknown) {
			return nil, named
		}
		return nil, e
	}
	return reply, a.nameUnknown(ctx, people, err, a.UnknownMembers)
}

// Broadcast is what [API.Broadcast] sends: one message to many.
type Broadcast struct {
	// Type is that of a [Message]. Text may have placeholders like $name$.
	Type, Text string
	// Sender is the id of a client; "" leaves it to the server.
	Sender string
	// Push is whether to notify; nil leaves it to the server, which does not.
	Push *bool
	// Recipients get a message each.
	Recipients []Recipient
}

// Recipient is one of those who get a [Broadcast]: a client or a room.
type Recipient struct {
	// Client gets it in the room of two that it has with the sender.
	Client string
	Room   string
	// Variables are the values of the placeholders by their names, without "$".
	Variables map[string]string
}

// QueuedBroadcast is a broadcast that the server has accepted.
type QueuedBroadcast struct {
	// ID is the server's name of the task, "" if it did not tell.
	ID string
	// Count is the number of recipients.
	Count Field[int64]
}

// Broadcast has the server send one message to many clients or rooms, as [API.SendMessage]
// sends one. Success only means that the server has queued it.
//
// https://docs.imkit.io: POST /messages/batch.
func (a *API) Broadcast(ctx context.Context, b Broadcast) (QueuedBroadcast, error) {
	if len(b.Recipients) == 0 {
		return QueuedBroadcast{}, errors.New("a broadcast needs recipients")
	}
	body := map[string]any{"messageType": b.Type, "message": b.Text}
	setField(body, "push", b.Push)
	people, texts := []string(nil), []string{b.Text}
	if b.Sender != "" {
		body["sender"] = b.Sender
		people = append(people, b.Sender)
	}
	recipients := make([]map[string]string, len(b.Recipients))
	for i, r := range b.Recipients {
		var err error
		if recipients[i], err = r.fields(); err != nil {
			return QueuedBroadcast{}, fmt.Errorf("recipient %d: %w", i+1, err)
		}
		if r.Room == "" {
			people = append(people, r.Client)
		}
		texts = slices.AppendSeq(texts, maps.Values(r.Variables))
	}
	if err := checkIDs("client id", people); err != nil {
		return QueuedBroadcast{}, err
	}
	body["paras"] = recipients
	reply, err := a.sendOnce(ctx, pathBroadcast, body, people, texts)
	if err != nil {
		return QueuedBroadcast{}, err
	}
	queued := QueuedBroadcast{ID: valueOr(fieldOf[string](reply, "batchID"), "")}
	if n, err := integer(reply["count"]); err == nil {
		queued.Count = reported(n)
	}
	return queued, nil
}

// fields returns what to send of a recipient.
func (r Recipient) fields() (map[string]string, error) {
	fields := make(map[string]string, len(r.Variables)+1)
	switch {
	case r.Client != "" && r.Room != "": // the server would ignore the client
		return nil, errors.New("it names both a client and a room")
	case r.Room != "":
		if err := CheckRoomID(r.Room); err != nil {
			return nil, err
		}
		fields["room"] = r.Room
	default:
		fields["receiver"] = r.Client
	}
	for name, value := range r.Variables {
		written := "$" + name + "$"
		if placeholder.FindString(written) != written {
			return nil, fmt.Errorf("%q cannot be the name of a placeholder", name)
		}
		fields[written] = value
	}
	return fields, nil
}

// placeholder is a name between two "$". One that has spaces is none, but a message
// about money.
var placeholder = regexp.MustCompile(`\$([^$\s]+)\$`)

// Placeholders lists the names of the placeholders of a [Broadcast], each once.
func Placeholders(text string) []string {
	var names []string
	for _, match := range placeholder.FindAllString(text, -1) {
		if name := strings.Trim(match, "$"); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

const pathPush = "/push/push2clients"

// PushNotification is what [API.Push] sends. What is empty is not sent.
type PushNotification struct {
	// Clients are the ids of those who get it.
	Clients []string
	// Type is a class of the application's own.
	Type string

	// Title, Body, Icon (the URL of a picture) and CollapseKey are for Android. Of
	// those with the same key only the last is shown.
	Title, Body, Icon, CollapseKey string

	// Alert is the text for iOS. AlertLocKey, which takes its place, names one in the app's
	// own languages, with AlertLocArgs.
	Alert, AlertLocKey string
	AlertLocArgs       []string
	// Badge is the number on the app's icon, for iOS.
	Badge *int64
	// Sound and Topic are for iOS: the name of a file, and the app's bundle.
	Sound, Topic string
	// ExpiresAt is until when it is worth delivering, in whole seconds, for iOS.
	ExpiresAt time.Time
}

// Push sends a push notification to clients, as [API.SendMessage] sends a message. Whether
// it is delivered is not reported.
//
// https://docs.imkit.io: POST /push/push2clients.
func (a *API) Push(ctx context.Context, p PushNotification) error {
	if len(p.Clients) == 0 {
		return errors.New("a push notification needs clients")
	}
	if err := checkIDs("client id", p.Clients); err != nil {
		return err
	}
	body := map[string]any{"clients": p.Clients, "payload": p.payload()}
	texts := append(slices.Clone(p.AlertLocArgs), p.Title, p.Body, p.Alert)
	_, err := a.sendOnce(ctx, pathPush, body, p.Clients, texts)
	return err
}

// payload returns what to send of a notification.
func (p PushNotification) payload() map[string]any {
	payload := map[string]any{}
	for name, value := range map[string]string{
		"type": p.Type, "title": p.Title, "body": p.Body, "icon": p.Icon, "collapseKey": p.CollapseKey,
		"alert": p.Alert, "sound": p.Sound, "topic": p.Topic,
	} {
		if value != "" {
			payload[name] = value
		}
	}
	if p.AlertLocKey != "" {
		alert := map[string]any{"loc-key": p.AlertLocKey}
		if len(p.AlertLocArgs) > 0 {
			alert["loc-args"] = p.AlertLocArgs
		}
		payload["alert"] = alert
	}
	setField(payload, "badge", p.Badge)
	if !p.ExpiresAt.IsZero() {
		payload["expiry"] = p.ExpiresAt.Unix()
	}
	return payload
}
