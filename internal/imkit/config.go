package imkit

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"time"
)

// Defaults of the settings that [Config] leaves at zero.
const (
	// DefaultRequestTimeout bounds one attempt, its reply's body included.
	DefaultRequestTimeout = 30 * time.Second
	// DefaultRetryWaitMin is the wait before the first retry, before jitter.
	DefaultRetryWaitMin = 500 * time.Millisecond
	// DefaultRetryWaitMax is the longest wait that this package chooses by
	// itself; a wait that the server names may be longer.
	DefaultRetryWaitMax = 30 * time.Second
)

const redacted = "(redacted)"

// Config holds the settings of an [API]. However it is printed, neither key
// shows.
type Config struct {
	// BaseURL is the server's address; see [ParseBaseURL]. Required.
	BaseURL *url.URL
	// APIKey authorises the calls: the header IM-API-KEY. Required.
	APIKey string
	// ClientKey is the application's public key, for calls on behalf of a
	// user: the header IM-CLIENT-KEY. Optional.
	ClientKey string
	// UserAgent is sent with every request. Empty: Go's own.
	UserAgent string
	// MaxRetries is the number of attempts after the first; 0 turns retrying
	// off.
	MaxRetries int
	// RequestTimeout bounds one attempt, reading the reply's body included, but
	// not the waits between attempts. 0 means [DefaultRequestTimeout].
	RequestTimeout time.Duration
	// RequestsPerMinute is never exceeded in any one minute; 0 means no limit.
	// The vendor allows 1000 a minute for each API key.
	RequestsPerMinute int
	// RetryWaitMin and RetryWaitMax bound the exponential backoff between
	// attempts. 0 means [DefaultRetryWaitMin] and [DefaultRetryWaitMax].
	RetryWaitMin, RetryWaitMax time.Duration
	// Now is the clock that a Retry-After date is compared with; nil means
	// [time.Now].
	Now func() time.Time
	// Transport makes the requests; nil means one of the package's own. Calls
	// decide themselves what to do with a redirect or a failure.
	Transport http.RoundTripper
	// OnAttempt, if set, is called after each attempt, for logging. It may be
	// called by several goroutines at once.
	OnAttempt func(context.Context, Attempt)
}

// Attempt tells how one attempt of a call went. It holds no secret, no body
// and no client's id.
type Attempt struct {
	// Method and Path say what was called; Path is a template, such as
	// "/admin/clients/{id}/token".
	Method, Path string
	// Number counts from 1 within one call.
	Number int
	// Status is the HTTP status, 0 when there was no reply.
	Status int
	// Duration is the time the attempt took, without the wait for the rate
	// limit.
	Duration time.Duration
	// Err is nil when the attempt succeeded, else an [*Error].
	Err error
}

// String describes the settings without the keys.
func (c Config) String() string {
	base := "<nil>"
	if c.BaseURL != nil {
		base = c.BaseURL.Scheme + "://" + c.BaseURL.Host
	}
	return fmt.Sprintf("imkit.Config{BaseURL: %s, APIKey: %s, ClientKey: %s, MaxRetries: %d, RequestTimeout: %s, RequestsPerMinute: %d}",
		base, redacted, redacted, c.MaxRetries, c.RequestTimeout, c.RequestsPerMinute)
}

// GoString is [Config.String], for %#v.
func (c Config) GoString() string { return c.String() }

// Format prints [Config.String] whatever the verb.
func (c Config) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, c.String()) }

// LogValue is [Config.String], for log/slog.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalText is [Config.String], for encoding/json and the like.
func (c Config) MarshalText() ([]byte, error) { return []byte(c.String()), nil }
