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

const (
	// listPasses is how many times a list goes through pages whose content changes
	// meanwhile.
	listPasses = 3
	// maxListed is more clients than anybody lists: at a thousand requests a minute, they
	// take ten minutes.
	maxListed = 1_000_000
)

// ListClients returns the clients that match a filter, sorted by id, and how many there
// are in all as the server says. The filter is a MongoDB query, a JSON object; nil
// matches every client. limit is the greatest number of clients to return, those that come
// first in the server's own order; 0 for all.
//
// Pages may overlap or leave out clients when something changes between them, so
// ListClients counts each client once and, when there are fewer than before, begins again.
// Only where one client ceases to match and another begins to, both between the same two
// pages, one may be missing unnoticed.
//
// https://docs.imkit.io: GET /admin/clients.
func (a *API) ListClients(ctx context.Context, filter json.RawMessage, limit int) (clients []*Client, total int64, err error) {
	p, err := a.newPager(filter, limit)
	if err != nil {
		return nil, 0, err
	}
	p.restart = func() {
		clients, p.seen, p.yielded = nil, map[string]int{}, 0
	}
	err = p.run(ctx, func(c *Client) bool {
		clients = append(clients, c)
		return true
	})
	if err != nil {
		return nil, 0, err
	}
	slices.SortFunc(clients, func(a, b *Client) int { return cmp.Compare(a.ID, b.ID) })
	return clients, p.total, nil
}

// StreamClients yields the clients that match a filter, each once and in the server's
// own order, as its pages arrive. Filter and limit are those of [API.ListClients]. User
// groups, which some servers list among the clients, are left out. The last may be an
// error; with [ErrListChanging], everything that could be found was yielded.
//
// https://docs.imkit.io: GET /admin/clients.
func (a *API) StreamClients(ctx context.Context, filter json.RawMessage, limit int) iter.Seq2[*Client, error] {
	return func(yield func(*Client, error) bool) {
		p, err := a.newPager(filter, limit)
		if err == nil {
			p.skipGroups = true
			err = p.run(ctx, func(c *Client) bool { return yield(c, nil) })
		}
		if err != nil {
			yield(nil, err)
		}
	}
}

// CheckFilter says what is wrong with a filter of [API.ListClients], or returns nil: it
// must be a JSON object, and short enough for a URL. Whether the query makes sense is
// for the server to say.
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
		return "", err // impossible: it was decoded above
	}
	if len(url.QueryEscape(q.String())) > maxQuery {
		return "", fmt.Errorf("the filter is too long: the limit is %d bytes, URL-encoded", maxQuery)
	}
	return q.String(), nil
}

// pager goes through the pages of a filter, once or several times.
type pager struct {
	api      *API
	q        string
	limit    int
	pageSize int
	// skipGroups leaves user groups out.
	skipGroups bool
	// restart, if set, is called before each pass: it begins with nothing seen.
	restart func()
	// yield takes each client the first time it is seen, and reports whether it wants
	// more.
	yield func(*Client) bool

	passes, yielded int
	listed          int            // clients of this pass
	seen            map[string]int // in which pass last
	first, total    int64          // what the first and the latest page said
	shrunk, ended   bool           // clients ceased to match on the way; yield returned false
}

func (a *API) newPager(filter json.RawMessage, limit int) (*pager, error) {
	if limit < 0 {
		return nil, errors.New("the greatest number of clients to list is negative")
	}
	q, err := compactFilter(filter)
	return &pager{api: a, q: q, limit: limit, pageSize: MaxLookUp, seen: map[string]int{}, restart: func() {}}, err
}

// run goes through the pages until that was complete.
func (p *pager) run(ctx context.Context, yield func(*Client) bool) error {
	p.yield = yield
	for range listPasses {
		p.restart()
		if err := p.pass(ctx); err != nil || p.complete() {
			return err
		}
	}
	return fmt.Errorf("%w: %w", ErrListChanging, listError(KindOther, "the clients that match changed each time they were listed"))
}

// complete reports whether every client that matched all the time was found, or as many
// as wanted. Clients that are added shift others to later pages, where they are seen
// twice at most. Those that cease to match shift others to pages that are past.
func (p *pager) complete() bool { return p.enough() || !p.shrunk && int64(p.listed) >= p.first }

func (p *pager) enough() bool { return p.ended || p.limit > 0 && p.yielded == p.limit }

// pass goes through the pages once.
func (p *pager) pass(ctx context.Context) error {
	p.passes++
	p.listed, p.first, p.total, p.shrunk = 0, 0, 0, false
	for skip := 0; ; {
		clients, err := p.page(ctx, skip)
		if isResultTooLarge(err) && p.pageSize > 1 {
			p.pageSize /= 2
			continue
		}
		if err != nil {
			return err
		}
		if p.limit == 0 && p.first > maxListed {
			return listError(KindTooLarge, "the server reports %d matching clients, which is too many for one list; narrow the filter", p.first)
		}
		before := p.listed
		for _, c := range clients {
			p.take(c)
		}
		if p.enough() || int64(p.listed) >= p.total || len(clients) == 0 {
			return nil
		}
		skip += len(clients)
		// Only clients that were added can have shifted so many to this page.
		if repeated := int64(skip - p.listed); p.listed == before && repeated > p.total-p.first {
			return listError(KindUnexpected, "the server repeats the same page (it seems to ignore skip): "+
				"after %d of %d clients, it lists the same ones again", p.listed, p.total)
		}
		if int64(skip) > 2*min(p.first, maxListed)+1000 {
			return listError(KindUnexpected, "the list does not end: after %d clients, the server reports %d in all, and reported %d at first",
				p.listed, p.total, p.first)
		}
	}
}

// listError is an error that no single reply shows.
func listError(kind Kind, format string, args ...any) *Error {
	return &Error{Method: http.MethodGet, Path: pathClients, Kind: kind, Message: fmt.Sprintf(format, args...)}
}

// isResultTooLarge reports whether the server says that it has too much to reply.
func isResultTooLarge(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.meant() == http.StatusRequestEntityTooLarge
}

// take counts a client of a page, and yields it if it is new.
func (p *pager) take(c *Client) {
	before := p.seen[c.ID]
	if before == p.passes || p.enough() {
		return
	}
	p.seen[c.ID] = p.passes
	p.listed++
	if before == 0 && (!p.skipGroups || !c.isGroup()) {
		p.yielded++
		p.ended = !p.yield(c)
	}
}

// page asks for the clients after the first skip ones.
func (p *pager) page(ctx context.Context, skip int) ([]*Client, error) {
	size := p.pageSize
	if p.limit > 0 { // not those still wanted: a page that short may have nothing new
		size = min(size, p.limit)
	}
	query := url.Values{"limit": {strconv.Itoa(size)}, "skip": {strconv.Itoa(skip)}}
	if p.q != "" {
		query.Set("q", p.q)
	}
	return request(ctx, p.api, call{method: http.MethodGet, path: pathClients, query: query}, func(reply answer) ([]*Client, error) {
		page, err := decodePage(reply)
		switch {
		case err != nil:
			return nil, err
		case page.total.Value == nil:
			return nil, errors.New("totalCount is missing")
		case page.odd > 0:
			return nil, errors.New("data has an element that is not an object")
		case *page.total.Value < int64(len(page.data)):
			return nil, fmt.Errorf("totalCount is %d, but data lists %d clients", *page.total.Value, len(page.data))
		}
		clients := make([]*Client, len(page.data))
		for i, o := range page.data {
			if clients[i], err = decodeClient(o); err != nil {
				return nil, fmt.Errorf("data[%d]: %w", i, err)
			}
		}
		if skip == 0 {
			p.first = *page.total.Value
		}
		p.shrunk = p.shrunk || *page.total.Value < p.total
		p.total = *page.total.Value
		return clients, nil
	})
}
