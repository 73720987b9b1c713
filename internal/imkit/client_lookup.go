package imkit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
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
	found, err := a.LookUpClients(ctx, []string{id})
	if err != nil {
		return nil, err
	}
	client, ok := found[id]
	if !ok {
		return nil, &Error{
			Method: http.MethodGet, Path: pathClients, Attempts: 1,
			Status: http.StatusOK, Code: CodeClientNotFound, Message: "no client has this id",
		}
	}
	return client, nil
}

// LookUpClients returns the clients with the given ids, as many requests as
// that takes; an id that does not exist is not in the map. It returns
// everything or an error, never a part.
//
// https://docs.imkit.io: GET /admin/clients.
func (a *API) LookUpClients(ctx context.Context, ids []string) (map[string]*Client, error) {
	for _, id := range ids {
		if err := CheckID(id); err != nil {
			return nil, err
		}
	}
	found := make(map[string]*Client, len(ids))
	for _, page := range pages(ids) {
		if err := a.lookUp(ctx, page, found); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// pages divides ids, each once, into lists that one request can ask for.
func pages(ids []string) [][]string {
	var all [][]string
	var page []string
	room := maxQuery
	seen := make(map[string]bool, len(ids))
	for _, id := range ids {
		if seen[id] {
			continue
		}
		seen[id] = true
		length := queryLength(id)
		if len(page) == MaxLookUp || length > room {
			all = append(all, page)
			page, room = nil, maxQuery
		}
		page = append(page, id)
		room -= length
	}
	if len(page) > 0 {
		all = append(all, page)
	}
	return all
}

// lookUp adds the clients of one page to found. Where the server finds the
// result too large, it asks for half as many.
func (a *API) lookUp(ctx context.Context, ids []string, found map[string]*Client) error {
	q, err := json.Marshal(map[string]any{fieldID: map[string]any{"$in": ids}})
	if err != nil {
		return fmt.Errorf("the query cannot be encoded as JSON: %w", err)
	}
	var clients map[string]*Client
	err = a.do(ctx, call{
		method: http.MethodGet,
		path:   pathClients,
		query:  url.Values{"q": {string(q)}, "limit": {strconv.Itoa(len(ids))}},
		decode: func(reply answer) error {
			var err error
			clients, err = decodeLookUp(reply, ids)
			return err
		},
	})
	if isClass(err, http.StatusRequestEntityTooLarge) && len(ids) > 1 {
		half := len(ids) / 2
		if err := a.lookUp(ctx, ids[:half], found); err != nil {
			return err
		}
		return a.lookUp(ctx, ids[half:], found)
	}
	if err != nil {
		return notAbsence(err)
	}
	maps.Copy(found, clients)
	return nil
}

// notAbsence makes an error of a look-up that says "not found" one for which
// [IsNotFound] is false: a list that lacks the client would say that it does
// not exist, an error is no list.
func notAbsence(err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok || !IsNotFound(err) {
		return err
	}
	changed := *e
	changed.notFound = false
	changed.Code, changed.Message = "", strings.TrimSpace(e.Code+" "+e.Message)
	return &changed
}

// decodeLookUp takes the clients asked for from {"totalCount":1,"data":[...]}.
// That one of them does not exist is only concluded from a reply that lists
// all it has, and nothing that was not asked for.
func decodeLookUp(reply answer, ids []string) (map[string]*Client, error) {
	o, err := reply.object()
	if err != nil {
		return nil, err
	}
	data, ok := o["data"].([]any)
	if !ok {
		return nil, fmt.Errorf("data is %s, not an array", kind(o["data"]))
	}
	total, err := integer(o["totalCount"])
	if err != nil {
		return nil, fmt.Errorf("totalCount %w", err)
	}
	all := make(map[string]*Client, len(data))
	for i, item := range data {
		fields, ok := item.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("data[%d] is %s, not an object", i, kind(item))
		}
		client, err := decodeClient(fields)
		if err != nil {
			return nil, fmt.Errorf("data[%d]: %w", i, err)
		}
		if all[client.ID] != nil {
			return nil, errors.New("data lists a client twice")
		}
		all[client.ID] = client
	}
	found := make(map[string]*Client, len(ids))
	for _, id := range ids {
		if client := all[id]; client != nil {
			found[id] = client
		}
	}
	switch {
	case len(found) == len(ids):
	case len(found) < len(all):
		return nil, errors.New("data lists clients that were not asked for, and not all that were")
	case total != int64(len(data)):
		return nil, fmt.Errorf("totalCount is %d, but data lists %d clients", total, len(data))
	}
	return found, nil
}
