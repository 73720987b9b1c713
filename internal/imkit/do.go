package imkit

import (
	"context"
	"net/http"
	"net/url"
)

// Request is a call of the API, for [API.Do].
type Request struct {
	Method string
	Path   string   // a template, such as "/rooms/{id}"
	Args   []string // stand for what it has in braces
	Query  url.Values
	Body   map[string]any // nil: none
	// User is the access token of a call in a client's own name; zero for an
	// administrator's.
	User Secret
}

// Reply is a reply as it came.
type Reply struct {
	Status int // 0 when there was none
	Header http.Header
	Object map[string]any // the body, nil when it is no JSON object
}

// Do makes a call, and returns the last reply to it, also beside an error. It is for
// finding out how a server answers; nothing else needs it. Only what reads is made again
// after a failure that may pass; anything is after a refusal because there are too many.
func (a *API) Do(ctx context.Context, r Request) (Reply, error) {
	c := call{
		method: r.Method, path: r.Path, args: r.Args, query: r.Query, user: r.User, hide: tokensIn(r.Body),
		nonIdempotent: r.Method != http.MethodGet, reply: &reply{},
	}
	if r.Body != nil {
		c.body = r.Body
	}
	_, err := a.send(ctx, c)
	object, _ := decodeObject(c.reply.body)
	return Reply{Status: c.reply.status, Header: c.reply.header, Object: object}, err
}
