package imkit

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/imkit/terraform-provider-imkit/internal/batch"
)

const pathClients = "/admin/clients"

const (
	// MaxLookUp is the greatest number of clients that one look-up asks for: the server
	// returns no more on one page.
	MaxLookUp = 100
	// lookUpsAtATime is the number of requests that one look-up of many clients has under
	// way. The next in line for the rate limit may then be another call.
	lookUpsAtATime = 4
)

// Fields of a client in requests and replies.
//
// https://docs.imkit.io: POST /admin/clients.
const (
	fieldID          = "_id"
	fieldAppID       = "appID"
	fieldNickname    = "nickname"
	fieldAvatarURL   = "avatarUrl"
	fieldDescription = "description"
	fieldIsRobot     = "isRobot"
	fieldClientType  = "clientType"

	clientTypeGroup = "group"
)

// serverFields are those that the server keeps by itself; sorted.
var serverFields = []string{
	"__v", "address", "createdAt", "lastJoinOrCreateRoomTime", "lastLoginTimeMS", "mute", "updatedAt", "userAgent",
}

// reservedFields is every field with a meaning of its own; sorted. RC, error and
// success are those of a reply without an envelope.
var reservedFields = slices.Sorted(slices.Values(slices.Concat(
	[]string{fieldID, "id", fieldAppID, "RC", "error", "success"},
	[]string{fieldNickname, fieldAvatarURL, fieldDescription, fieldIsRobot},
	[]string{"issueAccessToken", "token", "tokens", "expirationDate", "expirationDateMS"},
	serverFields,
)))

// ReservedField reports whether a field of a client belongs to this package or to the
// server, so that [Profile.Custom] cannot hold it: by its name, by the part of it before
// the first dot, or by a leading "$".
func ReservedField(name string) bool { return isReserved(name, reservedFields) }

// ReservedFields lists the names that are reserved, sorted.
func ReservedFields() []string { return slices.Clone(reservedFields) }

// Client is an account as the server reported it. Callers share it, and must not change
// it.
type Client struct {
	// ID is the customer's own name of the account, "_id".
	ID string
	// AppID is the application the account belongs to, "appID".
	AppID Field[string]
	// Nickname, AvatarURL and Description are the profile.
	Nickname, AvatarURL, Description Field[string]
	// IsRobot marks a robot account.
	IsRobot Field[bool]
	// Custom holds every field that is neither the profile's nor the server's own, as
	// JSON: nil, bool, string, [json.Number], []any, map[string]any.
	Custom map[string]any
	// Server holds, likewise, the fields that the server keeps by itself and changes at any
	// time, such as "updatedAt" and "mute"; never a token or its expiry.
	Server map[string]any
}

// isGroup tells a user group, which some servers list among the clients.
func (c *Client) isGroup() bool { return c.Custom[fieldClientType] == clientTypeGroup }

// decodeClient decodes a client object. Its tokens are left out.
func decodeClient(o map[string]any) (*Client, error) {
	id, ok := idOf(o)
	if !ok {
		return nil, errors.New("it has no _id")
	}
	client := &Client{
		ID:          id,
		AppID:       fieldOf[string](o, fieldAppID),
		Nickname:    fieldOf[string](o, fieldNickname),
		AvatarURL:   fieldOf[string](o, fieldAvatarURL),
		Description: fieldOf[string](o, fieldDescription),
		IsRobot:     fieldOf[bool](o, fieldIsRobot),
		Custom:      map[string]any{},
		Server:      map[string]any{},
	}
	for name, value := range o {
		if _, servers := slices.BinarySearch(serverFields, name); servers {
			client.Server[name] = value
		} else if !ReservedField(name) {
			client.Custom[name] = value
		}
	}
	return client, nil
}

// Profile holds the fields that [API.UpsertClient] sends. A nil field is not sent, and
// the server keeps its value; a pointer to "" clears it.
type Profile struct {
	// Nickname, AvatarURL and Description are shown to other users.
	Nickname, AvatarURL, Description *string
	// IsRobot marks a robot account.
	IsRobot *bool
	// Custom holds further fields; a nil value is sent as null. The values are what
	// encoding/json can encode; use [json.Number] for numbers that a float64 cannot
	// hold. A name for which [ReservedField] is true is an error.
	Custom map[string]any
}

// fields returns what to send.
func (p Profile) fields(id string) (map[string]any, error) {
	fields := make(map[string]any, len(p.Custom)+5)
	for name, value := range p.Custom {
		if ReservedField(name) {
			return nil, fmt.Errorf("%q is not a custom field: the name is reserved", name)
		}
		fields[name] = value
	}
	fields[fieldID] = id
	setField(fields, fieldNickname, p.Nickname)
	setField(fields, fieldAvatarURL, p.AvatarURL)
	setField(fields, fieldDescription, p.Description)
	setField(fields, fieldIsRobot, p.IsRobot)
	return fields, nil
}

// isStored reports whether a client is shown with all that was sent. A custom field that
// was to be cleared need not be shown.
func (p Profile) isStored(c *Client) bool {
	for name, sent := range p.Custom {
		if has, there := c.Custom[name]; there && !isSent(has, sent) || !there && sent != nil {
			return false
		}
	}
	return holds(c.Nickname, p.Nickname) && holds(c.AvatarURL, p.AvatarURL) &&
		holds(c.Description, p.Description) && holds(c.IsRobot, p.IsRobot)
}

// isSent compares what the server has with a value that may be of any Go type.
func isSent(has, sent any) bool {
	normal, err := normalJSON(sent)
	return err == nil && SameJSON(has, normal)
}

// CreateClient is [API.UpsertClient] of a client of which the caller knows that there is
// none: after an answer that was lost, a look-up that finds it tells that it was created.
//
// https://docs.imkit.io: POST /admin/clients.
func (a *API) CreateClient(ctx context.Context, id string, p Profile) (client *Client, recovered, err error) {
	return a.upsertClient(ctx, id, p, func(*Client) bool { return true })
}

// UpsertClient creates a client, or changes the given fields of an existing one, and
// returns the client as the server then reports it. Where the answer is lost, a look-up
// that shows all that was sent tells that it was done; recovered is the failure then.
// It never sends a token field, so the client's tokens are left alone.
//
// https://docs.imkit.io: POST /admin/clients.
func (a *API) UpsertClient(ctx context.Context, id string, p Profile) (client *Client, recovered, err error) {
	return a.upsertClient(ctx, id, p, p.isStored)
}

func (a *API) upsertClient(ctx context.Context, id string, p Profile, isDone func(*Client) bool) (client *Client, recovered, err error) {
	if err := CheckID(id); err != nil {
		return nil, nil, err
	}
	body, err := p.fields(id)
	if err != nil {
		return nil, nil, err
	}
	client, err = request(ctx, a, call{
		method: http.MethodPost, path: pathClients, body: body, absence: absentByName,
	}, decodeAbout("client", id, decodeClient))
	recovered, err = settleLost(err, func() bool {
		found, failure := a.FindClient(ctx, id)
		if failure != nil || !isDone(found) {
			return false
		}
		client = found
		return true
	})
	return client, recovered, err
}

// GetClient returns one client. When there is none, [IsNotFound] is true of the error: two
// looks, a second apart, have to say so, each in a well-formed reply that does not list the
// client. Where absence is hoped for, [API.FindClient] does.
//
// Calls at the same moment share a request; see [batch.Batcher].
//
// https://docs.imkit.io: GET /admin/clients.
func (a *API) GetClient(ctx context.Context, id string) (*Client, error) {
	return lookTwice(ctx, a, func() (*Client, error) { return a.FindClient(ctx, id) })
}

// FindClient is [API.GetClient] with one look.
//
// https://docs.imkit.io: GET /admin/clients.
func (a *API) FindClient(ctx context.Context, id string) (*Client, error) {
	if err := CheckID(id); err != nil {
		return nil, err
	}
	client, err := a.clients.Do(ctx, struct{}{}, id)
	switch {
	case err != nil:
		return nil, ofBatch(ctx, http.MethodGet, pathClients, err)
	case client == nil:
		return nil, &Error{
			Method: http.MethodGet, Path: pathClients, Attempts: 1, Kind: KindNotFound,
			Status: http.StatusOK, Code: codeClientNotFound, Message: "no client has this id",
		}
	}
	return client, nil
}

// ofBatch is the error of a shared call: of one that its caller left, the context's.
func ofBatch(ctx context.Context, method, path string, err error) error {
	if _, ok := errors.AsType[*Error](err); ok || ctx.Err() == nil || !errors.Is(err, ctx.Err()) {
		return err
	}
	if errors.Is(err, batch.ErrNotSent) {
		return neverSent(method, path, ctx.Err())
	}
	e := interrupted(method, path, ctx.Err())
	e.OutcomeUnknown = method != http.MethodGet
	return e
}

// shareLookUps has look-ups at the same moment share a request.
func (a *API) shareLookUps() {
	a.clients.Max = MaxLookUp
	a.clients.Acquire = awaitTurn(a, noLock[struct{}])
	a.clients.Call = a.lookUp
}

// awaitTurn is the Acquire of a batch, which fills meanwhile: it waits for a lock, and
// then for the rate limit.
func awaitTurn[K any](a *API, lock func(context.Context, K) (unlock func(), err error)) func(context.Context, K) (context.Context, func(), error) {
	return func(ctx context.Context, key K) (context.Context, func(), error) {
		unlock, err := lock(ctx, key)
		if err != nil {
			return nil, nil, err
		}
		if a.refuse(call{}) != nil { // there is nothing to wait for
			return ctx, unlock, nil //nolint:nilerr // The call itself says so.
		}
		if ctx, err = a.limiter.prepaid(ctx); err != nil {
			unlock()
		}
		return ctx, unlock, err
	}
}

// noLock is the lock of a batch that needs none.
func noLock[K any](context.Context, K) (unlock func(), err error) { return func() {}, nil }

// GetClients returns the clients with the given ids, in as many requests as that takes;
// an id that does not exist, as [API.GetClient] has it, is not in the map. It returns
// everything or an error, never a part.
//
// https://docs.imkit.io: GET /admin/clients.
func (a *API) GetClients(ctx context.Context, ids []string) (map[string]*Client, error) {
	if err := checkIDs("client id", ids); err != nil {
		return nil, err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(lookUpsAtATime * MaxLookUp)
	var mu sync.Mutex
	var notSent error
	all := make(map[string]*Client, len(ids))
	for _, id := range asSet(ids) {
		group.Go(func() error {
			client, err := a.GetClient(ctx, id)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				all[id] = client
			case KindOf(err) == KindNotSent: // because of an error that says more
				notSent = err
			case !IsNotFound(err):
				return err
			}
			return nil
		})
	}
	if err := cmp.Or(group.Wait(), notSent); err != nil {
		return nil, err
	}
	return all, nil
}

// lookUp looks ids up, and divides a request that is too long, or that may have failed
// because of one of them.
func (a *API) lookUp(ctx context.Context, _ struct{}, ids []string) (found map[string]*Client, errs map[string]error) {
	found, errs = make(map[string]*Client, len(ids)), map[string]error{}
	page := func(ids []string) error {
		q, err := json.Marshal(map[string]any{fieldID: map[string]any{"$in": ids}})
		if err != nil {
			return fmt.Errorf("the query cannot be encoded as JSON: %w", err)
		}
		if len(ids) > 1 && len(url.QueryEscape(string(q))) > maxQuery {
			return &Error{Method: http.MethodGet, Path: pathClients, Kind: KindTooLarge}
		}
		query := url.Values{"q": {string(q)}, "limit": {strconv.Itoa(len(ids))}}
		_, err = request(ctx, a, call{method: http.MethodGet, path: pathClients, query: query}, func(reply answer) (struct{}, error) {
			page, err := decodePage(reply)
			if err != nil {
				return struct{}{}, err
			}
			listed := 0
			for _, o := range page.data {
				if client, err := decodeClient(o); err == nil && slices.Contains(ids, client.ID) {
					found[client.ID] = client
					listed++
				}
			}
			return struct{}{}, page.doubt(listed)
		})
		if KindOf(err) != KindUnexpected {
			return err
		}
		for _, id := range ids { // whoever is not listed may exist
			if found[id] == nil {
				errs[id] = err
			}
		}
		return nil
	}
	mayBeOne := func(err error) bool { return isRefusal(err) || KindOf(err) == KindTooLarge }
	for _, part := range batch.Divide(ids, page, mayBeOne) {
		for _, id := range part.Items {
			errs[id] = part.Err
		}
	}
	return found, errs
}

// page is a reply {"totalCount":1,"data":[...]}.
type page struct {
	total Field[int64]
	data  []map[string]any
	odd   int // items that are no objects
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
	var p page
	if total, err := integer(o["totalCount"]); err == nil {
		p.total = reported(total)
	}
	for _, item := range data {
		if o, ok := item.(map[string]any); ok {
			p.data = append(p.data, o)
		} else {
			p.odd++
		}
	}
	return p, nil
}

// doubt says why a page of a look-up is no proof that what it does not list is absent: it
// has to list all it has, and nothing but what was asked for, which are the listed ones.
func (p page) doubt(listed int) error {
	switch {
	case p.odd > 0 || listed != len(p.data):
		return errors.New("data does not list exactly the clients that were asked for")
	case p.total.Value == nil:
		return errors.New("totalCount is missing")
	case *p.total.Value != int64(len(p.data)):
		return fmt.Errorf("totalCount is %d, but data lists %d clients", *p.total.Value, len(p.data))
	}
	return nil
}

// Muted reports whether a client gets no push notifications of a room, if the reply
// said so.
func (c *Client) Muted(room string) Field[bool] {
	rooms := listOf(c.Server, "mute", idOf)
	if rooms.Value == nil {
		return Field[bool]{}
	}
	return reported(slices.Contains(*rooms.Value, room))
}
