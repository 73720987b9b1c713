package imkit

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

const pathBroadcast = "/messages/batch"

// Broadcast is what [API.Broadcast] sends: one message to many.
type Broadcast struct {
	// Type is "text", "announcement" or a type of the application's own. Text is
	// what it says, with placeholders like $name$.
	Type, Text string
	// Sender is the id of a client; "" leaves it to the server.
	Sender string
	// Push tells whether to notify; nil leaves it to the server, which does not.
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

// Broadcast has the server send one message to many clients or rooms, once: of an
// error, [OutcomeUnknown] says that it may be sent nevertheless. Success only means
// that the server has queued it. Clients that do not exist are a [*MembersError].
//
// https://docs.imkit.io: POST /messages/batch.
func (a *API) Broadcast(ctx context.Context, b Broadcast) (QueuedBroadcast, error) {
	if err := checkMessage(b.Type, b.Text); err != nil {
		return QueuedBroadcast{}, err
	}
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
		if r.Client != "" {
			people = append(people, r.Client)
		}
		texts = slices.AppendSeq(texts, maps.Values(r.Variables))
	}
	if err := checkIDs("client id", people); err != nil {
		return QueuedBroadcast{}, err
	}
	body["paras"] = recipients
	var queued QueuedBroadcast
	err := a.sendOnce(ctx, pathBroadcast, body, people, texts, func(o map[string]any) error {
		id, err := typed[string](o, "batchID")
		if err != nil {
			return err
		}
		if id.Value != nil {
			queued.ID = *id.Value
		}
		if count, ok := o["count"]; ok {
			n, err := integer(count)
			if err != nil {
				return fmt.Errorf("count %w", err)
			}
			queued.Count = Field[int64]{Reported: true, Value: &n}
		}
		return nil
	})
	if err != nil {
		return QueuedBroadcast{}, err
	}
	return queued, nil
}

// fields returns what to send of a recipient.
func (r Recipient) fields() (map[string]string, error) {
	fields := make(map[string]string, len(r.Variables)+1)
	switch {
	case r.Client == "" && r.Room == "":
		return nil, errors.New("it names no client and no room")
	case r.Client != "" && r.Room != "": // the server would ignore the client
		return nil, errors.New("it names a client and a room as well")
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
	seen := map[string]bool{}
	for _, match := range placeholder.FindAllString(text, -1) {
		if name := strings.Trim(match, "$"); !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	return names
}
