package imkit

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"unicode/utf8"
)

// findPasses is how many times [API.FindClients] and [API.ListClients] go through
// pages whose content changes meanwhile.
const findPasses = 3

// FindClients returns the clients that match a filter, sorted by id, and how
// many there are in all as the server says. The filter is a MongoDB query, a
// JSON object; nil matches every client. most is the greatest number of
// clients to return, 0 for all: when more match, those that come first in the
// server's own order are returned.
//
// The server promises no order, and takes no wish for one, so that pages may
// overlap or leave out clients when something changes between them. FindClients
// counts each client once and, when there are fewer than before, begins again. It
// returns all of them, or most, or an error. Only where one client ceases to match
// and another begins to, both between the same two pages, one may be missing unnoticed.
//
// https://docs.imkit.io: GET /admin/clients.
func (a *API) FindClients(ctx context.Context, filter json.RawMessage, most int) (clients []*Client, total int64, err error) {
	if most < 0 {
		return nil, 0, errors.New("the greatest number of clients to find is negative")
	}
	q, err := compactFilter(filter)
	if err != nil {
		return nil, 0, err
	}
	for range findPasses {
		var found []*Client
		f := finding{api: a, q: q, most: most, size: MaxLookUp, seen: map[string]int{}}
		f.hand = func(c *Client) bool {
			found = append(found, c)
			return true
		}
		if err := f.all(ctx); err != nil {
			return nil, 0, notAbsence(err)
		}
		if f.complete() {
			slices.SortFunc(found, func(a, b *Client) int { return cmp.Compare(a.ID, b.ID) })
			return found, f.total, nil
		}
	}
	return nil, 0, incomplete()
}

// ListClients hands on the clients that match a filter, each once and in the
// server's own order, as its pages arrive: of one page it asks for the next only
// when all of it was taken. Filter and most are those of [API.FindClients]. User
// groups, which some servers list among the clients, are left out.
//
// The last may be an error, in place of a client. Where [IsListChanging] is true of
// it, everything that could be found was handed on.
//
// https://docs.imkit.io: GET /admin/clients.
func (a *API) ListClients(ctx context.Context, filter json.RawMessage, most int) iter.Seq2[*Client, error] {
	return func(hand func(*Client, error) bool) {
		q, err := compactFilter(filter)
		if err != nil {
			hand(nil, err)
			return
		}
		f := finding{api: a, q: q, most: most, size: MaxLookUp, noGroups: true, seen: map[string]int{}}
		f.hand = func(c *Client) bool { return hand(c, nil) }
		for range findPasses {
			if err := f.all(ctx); err != nil {
				hand(nil, notAbsence(err))
				return
			}
			if f.complete() {
				return
			}
		}
		hand(nil, incomplete())
	}
}

func incomplete() error {
	return &explained{listChanges, "some may be missing", &Error{
		Method: http.MethodGet, Path: pathClients,
		Message: "the clients that match changed each time they were listed",
	}}
}

// CheckFilter says what is wrong with a filter of [API.FindClients], or
// returns nil: it must be a JSON object, and short enough for a URL. Whether
// the query makes sense is for the server to say.
func CheckFilter(filter json.RawMessage) error {
	_, err := compactFilter(filter)
	return err
}

// compactFilter returns "" for no filter.
func compactFilter(filter json.RawMessage) (string, error) {
	if filter == nil {
		return "", nil
	}
	if !utf8.Valid(filter) {
		return "", errors.New("the filter is not valid UTF-8")
	}
	if _, err := decodeObject(filter); err != nil {
		return "", fmt.Errorf("the filter must be a JSON object: %w", err)
	}
	var q bytes.Buffer
	if err := json.Compact(&q, filter); err != nil {
		return "", fmt.Errorf("the filter must be a JSON object: %w", err)
	}
	if len(url.QueryEscape(q.String())) > maxQuery {
		return "", fmt.Errorf("the filter is too long: there is room for %d bytes, URL-encoded", maxQuery)
	}
	return q.String(), nil
}

// finding is a way through the pages of a filter.
type finding struct {
	api  *API
	q    string
	most int
	size int // of a page
	// noGroups leaves user groups out.
	noGroups bool
	// hand takes each client the first time that it is seen, and tells whether it
	// wants more.
	hand func(*Client) bool

	pass, handed, listed int            // listed are the clients of this pass
	seen                 map[string]int // in which pass last
	first, total         int64          // what the first and the latest page said
	shrunk, ended        bool           // clients ceased to match on the way; nobody wants more
}

// complete reports whether every client that matched all the time was found,
// or as many as wanted. Clients that are added shift others to later pages,
// where they are seen twice at most. Those that cease to match shift others to
// pages that are past.
func (f *finding) complete() bool {
	return f.enough() || !f.shrunk && int64(f.listed) >= f.first
}

func (f *finding) enough() bool { return f.ended || f.most > 0 && f.handed == f.most }

// all goes through the pages. Each has something new, so that it ends whatever
// the server does with limit and skip.
func (f *finding) all(ctx context.Context) error {
	f.pass++
	f.listed, f.first, f.total, f.shrunk = 0, 0, 0, false
	for skip := 0; ; {
		clients, err := f.page(ctx, skip)
		if isClass(err, http.StatusRequestEntityTooLarge) && f.size > 1 {
			f.size /= 2
			continue
		}
		if err != nil {
			return err
		}
		before := f.listed
		for _, c := range clients {
			f.take(c)
		}
		switch {
		case f.enough(), int64(f.listed) >= f.total, len(clients) == 0:
			return nil
		case f.listed == before:
			return &Error{
				Method: http.MethodGet, Path: pathClients,
				Message: fmt.Sprintf("the server does not go on with the next page (it seems to ignore skip): after %d of %d clients it lists the same again",
					f.listed, f.total),
			}
		}
		skip += len(clients)
	}
}

// take counts a client of a page, and hands it on if it is new.
func (f *finding) take(c *Client) {
	before := f.seen[c.ID]
	if before == f.pass || f.enough() {
		return
	}
	f.seen[c.ID] = f.pass
	f.listed++
	if before == 0 && (!f.noGroups || !c.isGroup()) {
		f.handed++
		f.ended = !f.hand(c)
	}
}

// page asks for the clients after the first skip ones.
func (f *finding) page(ctx context.Context, skip int) ([]*Client, error) {
	limit := f.size
	if f.most > 0 { // not those still wanted: a page that short may have nothing new
		limit = min(limit, f.most)
	}
	query := url.Values{"limit": {strconv.Itoa(limit)}, "skip": {strconv.Itoa(skip)}}
	if f.q != "" {
		query.Set("q", f.q)
	}
	var clients []*Client
	var total int64
	err := f.api.do(ctx, call{
		method: http.MethodGet,
		path:   pathClients,
		query:  query,
		decode: func(reply answer) error {
			var err error
			clients, total, err = decodeFound(reply)
			return err
		},
	})
	if err != nil {
		return nil, err
	}
	if skip == 0 {
		f.first = total
	}
	f.shrunk = f.shrunk || total < f.total
	f.total = total
	return clients, nil
}

func decodeFound(reply answer) ([]*Client, int64, error) {
	page, err := decodePage(reply)
	if err != nil {
		return nil, 0, err
	}
	if page.total < int64(len(page.data)) {
		return nil, 0, fmt.Errorf("totalCount is %d, but data lists %d clients", page.total, len(page.data))
	}
	clients := make([]*Client, len(page.data))
	for i, fields := range page.data {
		if clients[i], err = decodeClient(fields); err != nil {
			return nil, 0, fmt.Errorf("data[%d]: %w", i, err)
		}
	}
	return clients, page.total, nil
}
