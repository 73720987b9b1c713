package imkit

import (
	"context"
	"errors"
	"fmt"
	"net/http"
)

const pathClients = "/admin/clients"

// Client is an account as the server reported it.
type Client struct {
	// ID is the customer's own name of the account, "_id".
	ID string
	// AppID is the application the account belongs to, "appID".
	AppID Field[string]
	// Nickname, AvatarURL and Description are the profile.
	Nickname, AvatarURL, Description Field[string]
	// IsRobot marks a robot account.
	IsRobot Field[bool]
	// Custom holds every field that is neither the profile's nor the server's
	// own, as JSON: nil, bool, string, [json.Number], []any, map[string]any.
	Custom map[string]any
	// Server holds the fields that the server keeps by itself and changes at
	// any time, such as "updatedAt", "lastLoginTimeMS", "address" and "mute",
	// in the same representation as Custom; never a token or its expiry.
	Server map[string]any
}

// Field is a field of a reply. A field that the reply did not mention is not
// reported, which says nothing about its value; one that is null is reported
// and has no value.
type Field[T any] struct {
	// Reported is true when the reply mentioned the field.
	Reported bool
	// Value is nil when the field was not reported or null.
	Value *T
}

// isGroup tells a user group, which some servers list among the clients.
func (c *Client) isGroup() bool { return c.Custom[fieldClientType] == clientTypeGroup }

// clone copies a client that readers share, so that none changes another's.
func (c *Client) clone() *Client {
	if c == nil {
		return nil
	}
	return &Client{
		ID:          c.ID,
		AppID:       c.AppID.clone(),
		Nickname:    c.Nickname.clone(),
		AvatarURL:   c.AvatarURL.clone(),
		Description: c.Description.clone(),
		IsRobot:     c.IsRobot.clone(),
		Custom:      cloneObject(c.Custom),
		Server:      cloneObject(c.Server),
	}
}

func (f Field[T]) clone() Field[T] {
	if f.Value != nil {
		v := *f.Value
		f.Value = &v
	}
	return f
}

// Profile holds the fields that [API.UpsertClient] sends. A nil field is not
// sent, and the server keeps its value; a pointer to "" clears it.
type Profile struct {
	// Nickname, AvatarURL and Description are shown to other users.
	Nickname, AvatarURL, Description *string
	// IsRobot marks a robot account.
	IsRobot *bool
	// Custom holds further fields; a nil value is sent as null. The values are
	// what encoding/json can encode; use [json.Number] for numbers that a
	// float64 cannot hold. A name for which [ReservedField] is true is an error.
	Custom map[string]any
}

// UpsertClient creates a client, or changes the given fields of an existing
// one, and returns the client as the server then reports it. It never sends a
// token field, so the client's tokens are left alone.
//
// https://docs.imkit.io: POST /admin/clients.
func (a *API) UpsertClient(ctx context.Context, id string, p Profile) (*Client, error) {
	if err := CheckID(id); err != nil {
		return nil, err
	}
	body, err := p.fields()
	if err != nil {
		return nil, err
	}
	body[fieldID] = id
	var client *Client
	err = a.do(ctx, call{
		method: http.MethodPost,
		path:   pathClients,
		body:   body,
		decode: func(reply answer) error {
			var err error
			client, err = decodeClientOf(reply, id)
			return err
		},
	})
	if err != nil {
		return nil, err
	}
	return client, nil
}

// fields returns what to send.
func (p Profile) fields() (map[string]any, error) {
	fields := make(map[string]any, len(p.Custom)+5)
	for name, value := range p.Custom {
		if ReservedField(name) {
			return nil, fmt.Errorf("%q is not a custom field: the name is reserved", name)
		}
		fields[name] = value
	}
	setField(fields, fieldNickname, p.Nickname)
	setField(fields, fieldAvatarURL, p.AvatarURL)
	setField(fields, fieldDescription, p.Description)
	setField(fields, fieldIsRobot, p.IsRobot)
	return fields, nil
}

func setField[T any](fields map[string]any, name string, value *T) {
	if value != nil {
		fields[name] = *value
	}
}

// decodeClientOf decodes a reply that must be about one client.
func decodeClientOf(reply answer, id string) (*Client, error) {
	o, err := reply.object()
	if err != nil {
		return nil, err
	}
	client, err := decodeClient(o)
	if err != nil {
		return nil, err
	}
	if client.ID != id {
		return nil, errors.New("it is about another client")
	}
	return client, nil
}

// decodeClient decodes a client object. Its tokens are left out.
func decodeClient(o map[string]any) (*Client, error) {
	id, err := typed[string](o, fieldID)
	if err != nil {
		return nil, err
	}
	if id.Value == nil || *id.Value == "" {
		return nil, errors.New("it has no _id")
	}
	client := &Client{ID: *id.Value, Custom: map[string]any{}, Server: map[string]any{}}
	for name, field := range map[string]*Field[string]{
		fieldAppID:       &client.AppID,
		fieldNickname:    &client.Nickname,
		fieldAvatarURL:   &client.AvatarURL,
		fieldDescription: &client.Description,
	} {
		if *field, err = typed[string](o, name); err != nil {
			return nil, err
		}
	}
	if client.IsRobot, err = typed[bool](o, fieldIsRobot); err != nil {
		return nil, err
	}
	for name, value := range o {
		switch {
		case isServerField(name):
			client.Server[name] = value
		case !ReservedField(name):
			client.Custom[name] = value
		}
	}
	return client, nil
}
