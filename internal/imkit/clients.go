package imkit

import (
	"context"
	"errors"
)

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
	return nil, errors.New("not implemented")
}
