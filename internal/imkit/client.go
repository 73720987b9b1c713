package imkit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-retryablehttp"
	"golang.org/x/time/rate"
)

// idleConnections is the number of idle connections kept to the server.
const idleConnections = 100

// API calls one server with one API key. It is safe for concurrent use, and
// shows no key however it is printed.
type API struct {
	cfg Config // without the keys
	// The keys are Tokens for the way those print, even where fmt cannot call
	// the methods below.
	apiKey, clientKey Token
	limiter           *rate.Limiter // nil: no limit
	server            acquaintance
	breaker           breaker
	transport         http.RoundTripper
	clients, ahead    *merger[*Client]
	underWay          atomic.Int64 // calls
	nouns             nouns
}

// New returns an [API] for the given settings, or an error that says which
// setting is wrong. It calls nothing.
func New(cfg Config) (*API, error) {
	switch {
	case cfg.BaseURL == nil:
		return nil, errors.New("the base URL is missing")
	case cfg.APIKey == "":
		return nil, errors.New("the API key is empty")
	case !isHeaderValue(cfg.APIKey):
		return nil, errors.New("the API key contains a character that a header cannot hold, such as a line break")
	case !isHeaderValue(cfg.ClientKey):
		return nil, errors.New("the client key contains a character that a header cannot hold, such as a line break")
	case !isHeaderValue(cfg.UserAgent):
		return nil, errors.New("the user agent contains a character that a header cannot hold")
	case cfg.MaxRetries < 0:
		return nil, errors.New("the number of retries is negative")
	case cfg.RequestTimeout < 0:
		return nil, errors.New("the request time-out is negative")
	case cfg.RequestsPerMinute < 0:
		return nil, errors.New("the number of requests per minute is negative")
	case cfg.RetryWaitMin < 0 || cfg.RetryWaitMax < 0:
		return nil, errors.New("the wait between retries is negative")
	}
	if err := checkBaseURL(cfg.BaseURL); err != nil {
		return nil, err
	}
	cfg.BaseURL = trimBaseURL(cfg.BaseURL)
	setDefault(&cfg.RequestTimeout, DefaultRequestTimeout)
	setDefault(&cfg.RetryWaitMin, DefaultRetryWaitMin)
	setDefault(&cfg.RetryWaitMax, DefaultRetryWaitMax)
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	a := &API{
		apiKey:    Token{secret{&cfg.APIKey}},
		limiter:   newLimiter(cfg.RequestsPerMinute),
		transport: cfg.Transport,
	}
	if a.transport == nil {
		a.transport = newTransport()
	}
	if cfg.ClientKey != "" {
		a.clientKey = Token{secret{&cfg.ClientKey}}
	}
	a.clients, a.ahead = newClientMerger(a, 0), newClientMerger(a, usualCrowd)
	a.nouns.init(a)
	a.cfg = cfg
	a.cfg.APIKey, a.cfg.ClientKey = "", ""
	return a, nil
}

func setDefault(d *time.Duration, value time.Duration) {
	if *d == 0 {
		*d = value
	}
}

// isHeaderValue reports whether a header can hold s as it is: visible ASCII
// and spaces inside. (A space at either end would be cut off.)
func isHeaderValue(s string) bool {
	return strings.TrimSpace(s) == s && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

func newTransport() http.RoundTripper {
	t, ok := http.DefaultTransport.(*http.Transport)
	if ok {
		t = t.Clone()
	} else {
		t = &http.Transport{ForceAttemptHTTP2: true}
	}
	t.Proxy = http.ProxyFromEnvironment
	t.MaxIdleConns = idleConnections
	t.MaxIdleConnsPerHost = idleConnections
	t.MaxResponseHeaderBytes = 1 << 20
	return t
}

// String names the server; it shows no key.
func (a *API) String() string {
	if a == nil {
		return "imkit.API(nil)"
	}
	return fmt.Sprintf("imkit.API(%s://%s)", a.cfg.BaseURL.Scheme, a.cfg.BaseURL.Host)
}

// GoString is [API.String], for %#v.
func (a *API) GoString() string { return a.String() }

// Format prints [API.String] whatever the verb.
func (a *API) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, a.String()) }

// LogValue is [API.String], for log/slog.
func (a *API) LogValue() slog.Value { return slog.StringValue(a.String()) }

// call is one call of the API, for [API.do].
type call struct {
	method string
	// path is a template; what stands in braces stands for id and then for other.
	path      string
	id, other string
	// query may be nil.
	query url.Values
	// body is sent as JSON; nil sends none.
	body any
	// user is the access token of a call in a client's own name; zero for an
	// administrator's.
	user Token
	// secret is a value of this call that no error may repeat, and texts are others.
	secret Token
	texts  []string
	// once is set for what the server must not be asked for twice: it is asked
	// again only after a refusal in passing.
	once bool
	// decode takes what the caller needs from a successful reply. An error says
	// why the reply makes no sense; the call is then repeated.
	decode func(answer) error
}

// Format prints the call without its secrets and its body, whatever the verb.
func (c call) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, c.method+" "+c.path) }

// do makes a call: it encodes the request, waits for the rate limit, sends,
// retries what may pass, and decodes. The error is an [*Error] unless the
// request could not be built. That the route is missing is believed only of a
// server that is known to be one of this kind.
func (a *API) do(ctx context.Context, c call) error {
	return a.believed(ctx, a.send(ctx, c))
}

// send is do, but believes whoever answers.
func (a *API) send(ctx context.Context, c call) error {
	a.underWay.Add(1)
	defer a.underWay.Add(-1)
	var body any // of type any, so that "no body" is not a typed nil
	if c.body != nil {
		encoded, err := json.Marshal(c.body)
		if err != nil {
			return fmt.Errorf("%s %s: the request cannot be encoded as JSON: %w", c.method, c.path, err)
		}
		body = encoded
	}
	req, err := retryablehttp.NewRequestWithContext(ctx, c.method, a.cfg.BaseURL.String(), body)
	if err != nil {
		return fmt.Errorf("%s %s: the request cannot be built: %w", c.method, c.path, err)
	}
	req.URL = a.url(c)
	if c.user.IsZero() {
		req.Header.Set("IM-API-KEY", a.apiKey.Reveal())
	} else {
		req.Header.Set("IM-CLIENT-KEY", a.clientKey.Reveal())
		req.Header.Set("IM-Authorization", c.user.Reveal())
	}
	req.Header.Set("Accept", "application/json")
	if a.cfg.UserAgent != "" {
		req.Header.Set("User-Agent", a.cfg.UserAgent)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json; charset=utf-8")
	}

	x := &exchange{api: a, call: c}
	client := retryablehttp.Client{
		HTTPClient:   &http.Client{Transport: x},
		RetryMax:     a.cfg.MaxRetries,
		RetryWaitMin: a.cfg.RetryWaitMin,
		RetryWaitMax: a.cfg.RetryWaitMax,
		CheckRetry:   x.checkRetry,
		Backoff:      x.backoff,
	}
	resp, err := client.Do(req)
	if err != nil {
		return x.failure(ctx)
	}
	return resp.Body.Close()
}

// url puts the call's path below the base URL's. Each id arrives as one segment
// whatever it contains.
func (a *API) url(c call) *url.URL {
	u := *a.cfg.BaseURL
	u.RawPath = u.EscapedPath() + fill(c.path, escapeSegment(c.id), escapeSegment(c.other))
	u.Path += fill(c.path, c.id, c.other)
	u.RawQuery = c.query.Encode()
	return &u
}

// fill puts values in the place of what stands in braces, in that order.
func fill(template string, values ...string) string {
	var filled strings.Builder
	for _, value := range values {
		before, after, found := strings.Cut(template, "{")
		if !found {
			break
		}
		_, template, _ = strings.Cut(after, "}")
		filled.WriteString(before + value)
	}
	return filled.String() + template
}

// escapeSegment is [url.PathEscape], but for the segments "." and "..", which
// servers and proxies would resolve.
func escapeSegment(s string) string {
	if s == "." || s == ".." {
		return strings.ReplaceAll(s, ".", "%2E")
	}
	return url.PathEscape(s)
}
