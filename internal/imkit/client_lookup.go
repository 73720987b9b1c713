package imkit

import (
	"context"
	"errors"
)

// MaxLookUp is the greatest number of clients that one look-up request asks
// for: the server returns no more on one page.
const MaxLookUp = 100

// LookUpClient returns one client. When there is none, the error is an
// [*Error] for which [IsNotFound] is true, with the code CLIENT_NOT_FOUND.
// Absence is only concluded from a well-formed reply that does not list the
// client.
//
// https://docs.imkit.io: GET /admin/clients.
func (a *API) LookUpClient(ctx context.Context, id string) (*Client, error) {
	return nil, errors.New("not implemented")
}

// LookUpClients returns the clients with the given ids, as many requests as
// that takes; an id that does not exist is not in the map. It returns
// everything or an error, never a part.
//
// https://docs.imkit.io: GET /admin/clients.
func (a *API) LookUpClients(ctx context.Context, ids []string) (map[string]*Client, error) {
	return nil, errors.New("not implemented")
}
