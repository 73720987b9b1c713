package imkit

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/batch"
)

// Defaults of the settings that [Config] leaves at zero.
const (
	DefaultRequestTimeout = 30 * time.Second
	DefaultRetryWaitMin   = 500 * time.Millisecond
	DefaultRetryWaitMax   = 30 * time.Second
)

// Config holds the settings of an [API].
type Config struct {
	// BaseURL is the server's address, as [ParseBaseURL] returns it. Required.
	BaseURL *url.URL
	// APIKey authorises the calls: the header IM-API-KEY. Required.
	APIKey Secret
	// ClientKey is the application's public key, for calls on behalf of a user: the
	// header IM-CLIENT-KEY. Optional.
	ClientKey Secret
	// UserAgent is sent with every request. Empty: Go's own.
	UserAgent string
	// MaxRetries is the number of attempts after the first; 0 turns retrying off.
	MaxRetries int
	// RequestTimeout bounds one attempt. 0 means [DefaultRequestTimeout].
	RequestTimeout time.Duration
	// RequestsPerMinute is never exceeded in any one minute; 0 means no limit.
	RequestsPerMinute int
	// RetryWaitMin and RetryWaitMax bound the exponential backoff between attempts. 0 means
	// [DefaultRetryWaitMin] and [DefaultRetryWaitMax].
	RetryWaitMin, RetryWaitMax time.Duration
	// SecondLook is how long after a look that did not find something another one follows.
	// 0 means a second.
	SecondLook time.Duration
	// Now is the clock that the server's dates are compared with; nil means [time.Now].
	Now func() time.Time
	// Transport makes the requests; nil means one of the package's own. It must not
	// follow redirects, and has to report connections to net/http/httptrace.
	Transport http.RoundTripper
	// OnAttempt, if set, is called after each attempt, for logging. It may be called by
	// several goroutines at once.
	OnAttempt func(context.Context, Attempt)
}

// Attempt tells how one attempt of a call went. It holds no secret, no body and no
// client's id: Path is a template.
type Attempt struct {
	Method, Path string
	// Number counts from 1 within one call.
	Number int
	// Status is the HTTP status, 0 when there was no reply.
	Status int
	// Duration is the time the attempt took, without the wait for the rate limit.
	Duration time.Duration
	// Err is nil when the attempt succeeded, else an [*Error].
	Err error
}

// API calls one server with one API key. It is safe for concurrent use.
type API struct {
	cfg     Config
	limiter limiter
	breaker *breaker
	server  server

	// Look-ups at the same moment share a call, and so do joins and leaves of one room.
	clients batch.Batcher[struct{}, string, *Client]
	rooms   batch.Batcher[string, struct{}, *Room]
	groups  batch.Batcher[struct{}, struct{}, groupList]
	members batch.Batcher[memberChange, string, changedMember]
	// One change at a time of a room, and of what a client has muted: no page says that
	// two at the same moment are safe.
	roomLocks batch.Mutex[string]
	muteLocks batch.Mutex[string]
	config    configuration

	secondLooks secondLooks
}

// New returns an [API] for the given settings, or an error that says which setting is
// wrong. It calls nothing.
func New(cfg Config) (*API, error) {
	switch {
	case cfg.BaseURL == nil:
		return nil, errors.New("the base URL is missing")
	case cfg.APIKey.IsZero():
		return nil, errors.New("the API key is empty")
	case !isHeaderValue(cfg.APIKey.Reveal()):
		return nil, errors.New("the API key contains a character that a header cannot hold, such as a line break")
	case !isHeaderValue(cfg.ClientKey.Reveal()):
		return nil, errors.New("the client key contains a character that a header cannot hold, such as a line break")
	}
	cfg.RequestTimeout = cmp.Or(cfg.RequestTimeout, DefaultRequestTimeout)
	cfg.RetryWaitMin = cmp.Or(cfg.RetryWaitMin, DefaultRetryWaitMin)
	cfg.RetryWaitMax = cmp.Or(cfg.RetryWaitMax, DefaultRetryWaitMax)
	cfg.SecondLook = cmp.Or(cfg.SecondLook, secondLookAfter)
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Transport == nil {
		cfg.Transport = newTransport()
	}
	a := &API{cfg: cfg, limiter: newLimiter(cfg.RequestsPerMinute), breaker: newBreaker()}
	a.shareLookUps()
	a.shareRoomReads()
	a.shareMemberChanges()
	a.shareGroupReads()
	a.config.share(a)
	return a, nil
}

// isHeaderValue reports whether a header can hold s as it is: visible ASCII and spaces
// inside. (A space at either end would be cut off.)
func isHeaderValue(s string) bool {
	return strings.TrimSpace(s) == s && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}
