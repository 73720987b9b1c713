package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

const (
	maxReply       = 16 << 20
	requestTimeout = 10 * time.Second
	attempts       = 3 // of a request that only reads
	userAgent      = "terraform-provider-imkit check-server"
)

// wire makes single requests, and shows each reply as it came.
type wire struct {
	base      *url.URL
	apiKey    imkit.Secret
	transport http.RoundTripper

	mu        sync.Mutex
	made      int             // requests, those of imkit included
	took      []time.Duration // of each reply
	skew      time.Duration   // of the server's clock, by the last reply that has a Date
	dated     bool
	limit     string // of requests, as a header names it
	limitedAt int    // which request was the first of too many; 0: none was
}

// reply is what came back. Nothing of it is printed but numbers, codes and names.
type reply struct {
	call   string // method and template of the path
	status int
	object map[string]any // nil: the body is no JSON object
	result json.RawMessage
	text   string // the whole body
}

// did reports whether the server did what it was asked: it needs a 2xx status, RC 0 or absent, and no error.
func (r reply) did() bool {
	return r.object != nil && r.status >= 200 && r.status < 300 && r.rc() == 0 && r.object["error"] == nil && r.object["success"] != false
}

func (r reply) rc() int {
	n, _ := r.object["RC"].(json.Number)
	rc, _ := strconv.Atoi(n.String())
	return rc
}

// means is the status, or the one that an error under 200 amounts to.
func (r reply) means() int {
	if rc := r.rc(); r.status < 300 && rc >= 400 {
		return rc
	}
	return r.status
}

// refuses reports whether it is a definite no, in JSON.
func (r reply) refuses() bool {
	status := r.means()
	return r.object != nil && !r.did() && status >= 400 && status < 500 && status != http.StatusRequestTimeout && status != http.StatusTooManyRequests
}

// denies reports whether it is a no to whoever asks.
func (r reply) denies() bool {
	return r.refuses() && (r.means() == http.StatusUnauthorized || r.means() == http.StatusForbidden)
}

// noRoute reports whether the server does not have the call: a page in place of JSON.
func (r reply) noRoute() bool {
	return r.object == nil && (r.status == http.StatusNotFound || r.status == http.StatusMethodNotAllowed || r.status == http.StatusNotImplemented)
}

var errorCode = regexp.MustCompile(`^[A-Z][A-Z0-9_]{0,39}$`)

// code is the error's code, in whichever shape.
func (r reply) code() string {
	code, _ := r.object["error"].(string)
	if e, ok := r.object["error"].(map[string]any); ok {
		code, _ = e["code"].(string)
	}
	if !errorCode.MatchString(code) {
		return ""
	}
	return code
}

// fields are the result, without the envelope if there is one.
func (r reply) fields() map[string]any {
	if _, enveloped := r.object["RC"]; !enveloped {
		return r.object
	}
	fields, _ := r.object["result"].(map[string]any)
	return fields
}

// failure says how the call was answered, for the reason of an unknown answer.
func (r reply) failure() error {
	said := strings.TrimSpace(fmt.Sprint(r.means(), " ", r.code()))
	if r.object == nil {
		said += ", and no JSON object"
	}
	return fmt.Errorf("%s was answered with %s", r.call, said)
}

// request is one call of the API. The method and the template of the path stand in one, args for what that has in braces.
type request struct {
	call  string
	args  []string
	query url.Values
	body  any               // nil: none
	who   map[string]string // the headers that say who calls; nil: the API key
}

// send makes a request, and once more what only reads after a failure that may pass, and anything after 429. The error is of
// no answer only, and does not repeat what the connection or a proxy said.
func (w *wire) send(ctx context.Context, q request) (reply, error) {
	for attempt := 1; ; attempt++ {
		r, wait, err := w.once(ctx, q)
		transient := err != nil || r.status >= 500 && r.status != http.StatusNotImplemented
		if r.means() != http.StatusTooManyRequests && (!transient || attempt >= attempts || !strings.HasPrefix(q.call, http.MethodGet)) {
			return r, err
		}
		if pause(ctx, max(wait, time.Second)) != nil {
			return r, cmp.Or(err, r.failure())
		}
	}
}

// pause waits, and fails when the context ends first.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ended(ctx)
	}
}

// ended says why nothing more is asked.
func ended(ctx context.Context) error {
	switch err := ctx.Err(); {
	case errors.Is(err, context.DeadlineExceeded):
		return errors.New("there was no time left")
	case err != nil:
		return errors.New("the check was interrupted")
	}
	return nil
}

// once makes one attempt. wait is what the server asks for. What changes something has a few seconds for its answer after an
// interrupt, so that nothing is removed before it is made.
func (w *wire) once(ctx context.Context, q request) (r reply, wait time.Duration, err error) {
	r.call = q.call
	if err := ended(ctx); err != nil {
		return r, 0, err
	}
	unanswered := func() error { return cmp.Or(ended(ctx), fmt.Errorf("%s was not answered", q.call)) }
	attempt := ctx
	if !strings.HasPrefix(q.call, http.MethodGet) {
		lasting, end := imkit.WithGrace(ctx)
		defer end()
		attempt = lasting
	}
	attempt, cancel := context.WithTimeout(attempt, requestTimeout)
	defer cancel()
	req, err := w.request(attempt, q)
	if err != nil {
		return r, 0, fmt.Errorf("%s cannot be sent", q.call)
	}
	began := time.Now()
	resp, err := w.transport.RoundTrip(req) // which follows no redirect
	if err != nil {
		return r, 0, unanswered()
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxReply+1))
	if err != nil || len(data) > maxReply {
		return r, 0, unanswered()
	}
	r.status, r.text = resp.StatusCode, string(data)
	r.object, r.result = decode(data)
	w.note(resp, r, began)
	return r, serverWait(resp.Header, r.object), nil
}

// request builds one.
func (w *wire) request(ctx context.Context, q request) (*http.Request, error) {
	method, path, _ := strings.Cut(q.call, " ")
	for _, arg := range q.args { // none has a brace once it is escaped
		before, rest, _ := strings.Cut(path, "{")
		_, after, _ := strings.Cut(rest, "}")
		path = before + url.PathEscape(arg) + after
	}
	if len(q.query) > 0 {
		path += "?" + q.query.Encode()
	}
	var content []byte
	if q.body != nil {
		var err error
		if content, err = json.Marshal(q.body); err != nil {
			return nil, err
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, w.base.String()+path, bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	if q.who == nil {
		q.who = map[string]string{"IM-API-KEY": w.apiKey.Reveal()}
	}
	for name, value := range q.who {
		req.Header.Set(name, value)
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", userAgent)
	if q.body != nil {
		req.Header.Set("Content-Type", "application/json; charset=utf-8")
	}
	return req, nil
}

// decode reads a JSON object and, as it is written, the result in its envelope.
func decode(data []byte) (object map[string]any, result json.RawMessage) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(&object); err != nil {
		return nil, nil
	}
	var parts map[string]json.RawMessage
	if err := json.Unmarshal(data, &parts); err != nil {
		return nil, nil
	}
	if _, enveloped := parts["RC"]; !enveloped {
		return object, data
	}
	return object, parts["result"]
}

// note keeps what every reply tells of the server.
func (w *wire) note(resp *http.Response, r reply, began time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	w.took = append(w.took, now.Sub(began))
	if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		w.dated, w.skew = true, skew(date, began, now)
	}
	for _, name := range []string{"X-RateLimit-Limit", "RateLimit-Limit", "X-Rate-Limit-Limit"} {
		w.limit = cmp.Or(firstNumber.FindString(resp.Header.Get(name)), w.limit)
	}
	w.count(r.means())
}

// count counts a request. The caller holds the lock.
func (w *wire) count(status int) {
	if w.made++; status == http.StatusTooManyRequests {
		w.limitedAt = cmp.Or(w.limitedAt, w.made)
	}
}

var firstNumber = regexp.MustCompile(`[0-9]{1,9}`)

// skew is how far a clock is off that showed date, which is exact to a second, between from and to; 0 where it need not be.
func skew(date, from, to time.Time) time.Duration {
	if date.After(to) || date.Add(time.Second).Before(from) {
		return date.Sub(from).Round(time.Second)
	}
	return 0
}

// serverWait is the wait that a 429 asks for.
func serverWait(h http.Header, object map[string]any) time.Duration {
	n, _ := object["retryAfter"].(json.Number)
	seconds, err := strconv.ParseFloat(n.String(), 64)
	if err != nil {
		seconds, _ = strconv.ParseFloat(h.Get("Retry-After"), 64)
	}
	return time.Duration(min(max(seconds, 5), 120) * float64(time.Second))
}
