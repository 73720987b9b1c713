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
	"sync"
)

// MaxLookUp is the greatest number of clients that one look-up request asks
// for: the server returns no more on one page.
const MaxLookUp = 100

// lookUpsAtATime is the number of pages that [API.LookUpClients] asks for at
// the same time. The next in line for the rate limit may then be another call.
const lookUpsAtATime = 4

// LookUpClient returns one client. When there is none, the error is an
// [*Error] for which [IsNotFound] is true, with the code CLIENT_NOT_FOUND.
// Absence is only concluded from a well-formed reply that does not list the
// client.
//
// Calls at the same moment are merged into one request, and each gets the
// answer it would have got alone. For others to join it, a call on its own waits
// 5 milliseconds; one amid many, a quarter of a second at most, and beyond that, where
// the rate limit makes all wait, no longer than it takes to let each of them pass.
//
// https://docs.imkit.io: GET /admin/clients.
func (a *API) LookUpClient(ctx context.Context, id string) (*Client, error) {
	if err := CheckID(id); err != nil {
		return nil, err
	}
	return lookUpIn(ctx, a.clients, id)
}

// LookAheadClient is [API.LookUpClient] for callers that come by the crowd, as
// when a plan looks at everything that it is about to create. It has more patience:
// it waits for ten others, or until none joined for a tenth of a second.
//
// https://docs.imkit.io: GET /admin/clients.
func (a *API) LookAheadClient(ctx context.Context, id string) (*Client, error) {
	if err := CheckID(id); err != nil {
		return nil, err
	}
	return lookUpIn(ctx, a.ahead, id)
}

func lookUpIn(ctx context.Context, m *merger[*Client], id string) (*Client, error) {
	client, err := m.read(ctx, id)
	if err != nil {
		return nil, notAbsence(err)
	}
	if client == nil {
		return nil, &Error{
			Method: http.MethodGet, Path: pathClients, Attempts: 1,
			Status: http.StatusOK, Code: CodeClientNotFound, Message: "no client has this id",
		}
	}
	return client, nil
}

// newClientMerger merges look-ups of single clients, of which a crowd may come.
func newClientMerger(a *API, crowd int) *merger[*Client] {
	return newMerger(a, source[*Client]{
		path: pathClients, fetch: a.lookUp, most: MaxLookUp, room: queryLength, clone: (*Client).clone, crowd: crowd,
	})
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
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var mu sync.Mutex
	var first error // the others may only say that they were stopped
	found := make(map[string]*Client, len(ids))
	each(lookUpsAtATime, pages(ids), func(page []string) {
		failed := divide(1, page, func(ids []string) error {
			clients, _, err := a.lookUp(ctx, ids)
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			maps.Copy(found, clients)
			return nil
		}, sizePatience)
		if len(failed) > 0 {
			mu.Lock()
			defer mu.Unlock()
			if first == nil {
				first = notAbsence(failed[0].err)
			}
			cancel()
		}
	})
	if first != nil {
		return nil, first
	}
	return found, nil
}

// sizePatience has patience with what is too large only.
func sizePatience(err error) int {
	if isClass(err, http.StatusRequestEntityTooLarge) {
		return refusalPatience
	}
	return 0
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

// lookUp asks for the clients with the given ids in one call. With an error
// that concerns some of them only, those of which the reply makes no sense, it
// names those and returns the others nevertheless.
func (a *API) lookUp(ctx context.Context, ids []string) (found map[string]*Client, bad map[string]bool, err error) {
	q, err := json.Marshal(map[string]any{fieldID: map[string]any{"$in": ids}})
	if err != nil {
		return nil, nil, fmt.Errorf("the query cannot be encoded as JSON: %w", err)
	}
	err = a.do(ctx, call{
		method: http.MethodGet,
		path:   pathClients,
		query:  url.Values{"q": {string(q)}, "limit": {strconv.Itoa(len(ids))}},
		decode: func(reply answer) error {
			var err error
			found, bad, err = decodeLookUp(reply, ids)
			return err
		},
	})
	return found, bad, err
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
	changed.there = true
	return &changed
}

// decodeLookUp takes the clients asked for from {"totalCount":1,"data":[...]}.
// That one of them does not exist is only concluded from a reply that lists
// all it has, and nothing that was not asked for. A client that makes no sense
// is an error, named in bad; where nothing else is wrong, the others are found
// nevertheless.
func decodeLookUp(reply answer, ids []string) (found map[string]*Client, bad map[string]bool, err error) {
	page, err := decodePage(reply)
	if err != nil {
		return nil, nil, err
	}
	listed := make(map[string]int, len(page.data))
	for i, fields := range page.data {
		id, _ := fields[fieldID].(string)
		if _, twice := listed[id]; twice {
			return nil, nil, errors.New("data lists a client twice")
		}
		listed[id] = i
	}
	found, bad = make(map[string]*Client, len(ids)), map[string]bool{}
	for _, id := range ids {
		i, ok := listed[id]
		if !ok {
			continue
		}
		client, wrong := decodeClient(page.data[i])
		if wrong != nil {
			bad[id], err = true, fmt.Errorf("data[%d]: %w", i, wrong)
			continue
		}
		found[id] = client
	}
	switch known := len(found) + len(bad); {
	case known == len(ids):
	case known < len(listed):
		return nil, nil, errors.New("data lists clients that were not asked for, and not all that were")
	case page.total != int64(len(page.data)):
		return nil, nil, fmt.Errorf("totalCount is %d, but data lists %d clients", page.total, len(page.data))
	}
	return found, bad, err
}

// page is a reply {"totalCount":1,"data":[...]}.
type page struct {
	total int64
	data  []map[string]any
}

func decodePage(reply answer) (page, error) {
	o, err := reply.object()
	if err != nil {
		return page{}, err
	}
	data, ok := o["data"].([]any)
	if !ok {
		return page{}, fmt.Errorf("data is %s, not an array", kind(o["data"]))
	}
	p := page{data: make([]map[string]any, len(data))}
	if p.total, err = integer(o["totalCount"]); err != nil {
		return page{}, fmt.Errorf("totalCount %w", err)
	}
	for i, item := range data {
		if p.data[i], ok = item.(map[string]any); !ok {
			return page{}, fmt.Errorf("data[%d] is %s, not an object", i, kind(item))
		}
	}
	return p, nil
}
