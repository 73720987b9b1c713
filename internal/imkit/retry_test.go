package imkit_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

// What may pass is retried until it succeeds; what does not is asked once.
func TestRetryPolicy(t *testing.T) {
	t.Parallel()
	const retried, asked = true, false
	for _, tc := range []struct {
		name    string
		fault   http.HandlerFunc
		retried bool
		unknown bool // whether the work may have been done
	}{
		{"500", sayJSON(500, `{"RC":500,"RM":"oops"}`), retried, true},
		{"502 with HTML", htmlPage(502), retried, true},
		{"503", sayJSON(503, ""), retried, true},
		{"504", say(504, "", ""), retried, true},
		{"429", sayJSON(429, `{"error":"RATE_LIMIT_EXCEEDED","retryAfter":1}`), retried, false},
		{"429 with HTML", withHeader("Retry-After", "1", htmlPage(429)), retried, false},
		{"connection lost", cut, retried, true},
		{"reply cut off", cutBody(200), retried, true},
		{"error cut off", cutBody(404), retried, false},
		{"JSON cut short", sayJSON(200, `{"RC":0,"result":{"_id":"a"`), retried, true},
		{"not JSON", htmlPage(200), retried, true},
		{"empty", sayJSON(200, ""), retried, true},
		{"no content", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }, retried, true},
		{"404 with JSON cut short", sayJSON(404, `{"error":"CLIENT_NOT_F`), retried, false},
		{"404 with no JSON", sayJSON(404, ""), retried, false},
		{"RC 429 under 200", sayJSON(200, `{"RC":429,"RM":"slow down","retryAfter":1}`), retried, false},
		{"rate limit under 200", sayJSON(200, `{"error":"RATE_LIMIT_EXCEEDED","retryAfter":1}`), retried, false},
		{"RC 503 under 200", sayJSON(200, `{"RC":503,"RM":"busy"}`), retried, true},
		{"RC 400 under 200", sayJSON(200, `{"RC":400,"RM":"bad"}`), asked, false},
		{"RC 404 under 500", sayJSON(500, `{"RC":404,"RM":"gone"}`), asked, false},
		{"RC 501 under 200", sayJSON(200, `{"RC":501,"RM":"no"}`), asked, false},
		{"RC 1 under 200", sayJSON(200, `{"RC":1,"RM":"bad"}`), asked, true},
		{"error under 200", sayJSON(200, `{"error":"USER_EXISTS"}`), asked, false},
		{"success false", sayJSON(200, `{"success":false,"message":"no"}`), asked, true},
		{"400", sayJSON(400, `{"error":"INVALID_REQUEST"}`), asked, false},
		{"401", sayJSON(401, `{"RC":401,"RM":"Unauthorized"}`), asked, false},
		{"404 with HTML", htmlPage(404), asked, false},
		{"409", sayJSON(409, `{"error":"USER_EXISTS"}`), asked, false},
		{"501", sayJSON(501, ""), asked, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				// The fault passes.
				s := serveInMemory(t, inTurn(tc.fault, tc.fault, sayJSON(200, okClient)))
				err := bind(t.Context(), s.api(t))
				if want := map[bool]int{retried: 3, asked: 1}[tc.retried]; s.count("POST") != want || (err == nil) != tc.retried {
					t.Errorf("transient: %d requests, want %d; error %v", s.count("POST"), want, err)
				}
				for _, r := range s.seen() {
					if r.method == "POST" && (r.body != `{"_id":"a","token":"0wn-t0ken"}` || r.header.Get("IM-API-KEY") != apiKey) {
						t.Errorf("another request: %+v", r)
					}
				}

				// It does not, with retries and without.
				for _, retries := range []int{3, 0} {
					s = serveInMemory(t, tc.fault)
					err = bind(t.Context(), s.api(t, func(c *imkit.Config) { c.MaxRetries = retries }))
					want := 1
					if tc.retried {
						want += retries
					}
					if s.count("POST") != want || failure(t, err).Attempts != want {
						t.Errorf("lasting: %d requests, want %d: %v", s.count("POST"), want, err)
					}
					if imkit.OutcomeUnknown(err) != tc.unknown || imkit.IsTemporary(err) != tc.retried {
						t.Errorf("unknown %t, temporary %t: %v", imkit.OutcomeUnknown(err), imkit.IsTemporary(err), err)
					}
				}
			})
		})
	}
}

// The outcome stays unknown when a later attempt was refused: an earlier one may
// have done the work.
func TestOutcomeOfAllAttempts(t *testing.T) {
	t.Parallel()
	s := serve(t, inTurn(cut, sayJSON(409, `{"error":"USER_EXISTS"}`)))
	err := bind(t.Context(), s.api(t))
	if !imkit.IsConflict(err) || !imkit.OutcomeUnknown(err) {
		t.Errorf("conflict %t, unknown %t: %v", imkit.IsConflict(err), imkit.OutcomeUnknown(err), err)
	}
}

// Nothing was done where no connection was made, and the error keeps the cause.
func TestConnectionRefused(t *testing.T) {
	t.Parallel()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = listener.Close()
	err = bind(t.Context(), (&server{URL: "http://" + listener.Addr().String()}).api(t))
	if e := failure(t, err); imkit.OutcomeUnknown(err) || !is(err, imkit.KindUnreachable) || e.Attempts != 4 || e.Status != 0 {
		t.Errorf("unknown %t, unreachable %t: %v", imkit.OutcomeUnknown(err), is(err, imkit.KindUnreachable), err)
	}
	if !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("the cause is lost: %v", err)
	}
}

// The waits between attempts double from half a second to half a minute. Each is cut
// by up to half at random, so that many callers do not come back together.
func TestBackoff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		first := map[time.Duration]bool{}
		for range 3 {
			s := serveInMemory(t, sayJSON(503, ""))
			err := bind(t.Context(), s.api(t, realWaits, func(c *imkit.Config) { c.MaxRetries = 10 }))
			waits := s.waits()
			if !imkit.IsTemporary(err) || len(waits) != 10 {
				t.Fatalf("%d waits: %v", len(waits), err)
			}
			most := 500 * time.Millisecond
			for i, wait := range waits {
				if wait < most/2 || wait > most {
					t.Errorf("wait %d is %s, want %s to %s", i, wait, most/2, most)
				}
				most = min(2*most, 30*time.Second)
			}
			first[waits[0]] = true
		}
		if len(first) == 1 {
			t.Error("nothing is random")
		}
	})
}

// The wait that the server names wins over the backoff, whatever the reply's shape.
// The longer of two counts.
func TestServerWait(t *testing.T) {
	t.Parallel()
	// in is a date so many seconds after a bubble's time begins.
	in := func(seconds int) string {
		return time.Date(2000, 1, 1, 0, 0, seconds, 0, time.UTC).Format(http.TimeFormat)
	}
	const none, unnamed = 0, -1
	for name, tc := range map[string]struct {
		header, body string
		status       int
		want         time.Duration
	}{
		"seconds":              {header: "33", want: 33 * time.Second},
		"with spaces":          {header: " 7 ", want: 7 * time.Second},
		"a fraction":           {header: "1.5", want: 1500 * time.Millisecond},
		"of a 503":             {header: "33", status: 503, want: 33 * time.Second},
		"a date":               {header: in(40), want: 40 * time.Second},
		"two minutes":          {header: "120", want: 2 * time.Minute},
		"in the body":          {body: `{"error":"RATE_LIMIT_EXCEEDED","retryAfter":60}`, want: time.Minute},
		"a fraction there":     {body: `{"retryAfter":2.25}`, want: 2250 * time.Millisecond},
		"under 200":            {body: `{"RC":429,"RM":"slow","retryAfter":20}`, status: 200, want: 20 * time.Second},
		"longer in the body":   {header: "5", body: `{"retryAfter":60}`, want: time.Minute},
		"longer in the header": {header: "60", body: `{"retryAfter":5}`, want: time.Minute},
		"zero":                 {header: "0", want: none},
		"less than nothing":    {header: "-5", want: none},
		"no number":            {header: "nan", want: none},
		"prose":                {header: "soon", want: none},
		"a date that is past":  {header: in(-60), want: none},
		"negative in the body": {body: `{"retryAfter":-1}`, want: none},
		"text in the body":     {body: `{"retryAfter":"60"}`, want: none},
		"nothing in the body":  {body: `{"retryAfter":null}`, want: none},
		"nothing at all":       {want: none},
		"nothing in a 429":     {status: 429, want: unnamed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				status := tc.status
				if status == 0 {
					status = map[bool]int{true: http.StatusTooManyRequests, false: http.StatusServiceUnavailable}[tc.want > 0]
				}
				refusal := sayJSON(status, tc.body)
				if tc.header != "" {
					refusal = withHeader("Retry-After", tc.header, refusal)
				}
				s := serveInMemory(t, inTurn(refusal, sayJSON(200, okClient)))
				if err := bind(t.Context(), s.api(t, realWaits)); err != nil {
					t.Fatal(err)
				}
				least, most := tc.want, tc.want
				switch tc.want {
				case none: // The backoff.
					least, most = 250*time.Millisecond, 500*time.Millisecond
				case unnamed:
					least, most = 250*time.Millisecond, time.Minute
				default: // The wait that the server names.
				}
				if got := s.waits()[0]; got < least || got > most {
					t.Errorf("waited %s, want %s to %s", got, least, most)
				}
			})
		})
	}
}

// A call waits for five minutes in all, whatever it is told. What would take longer fails at
// once, and says how long the server asked for.
func TestServerWaitsInAll(t *testing.T) {
	t.Parallel()
	for seconds, attempts := range map[string]int{"120": 3, "100": 4, "75": 5, "60": 5} {
		t.Run(seconds, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := serveInMemory(t, withHeader("Retry-After", seconds, sayJSON(429, `{"RC":429,"RM":"slow down"}`)))
				start := time.Now()
				err := bind(t.Context(), s.api(t, realWaits))
				wait, _ := time.ParseDuration(seconds + "s")
				asked := "asks to wait for another " + wait.String()
				if got := failure(t, err).Attempts; got != attempts || strings.Contains(err.Error(), asked) != (attempts < 5) {
					t.Errorf("%d attempts, want %d: %v", got, attempts, err)
				}
				if took, want := time.Since(start), time.Duration(attempts-1)*wait; took != want {
					t.Errorf("it took %s, want %s", took, want)
				}
			})
		})
	}
	synctest.Test(t, func(t *testing.T) {
		s := serveInMemory(t, sayJSON(503, ""))
		start := time.Now()
		if err := bind(t.Context(), s.api(t, realWaits, retries(1000))); err == nil || time.Since(start) > 5*time.Minute {
			t.Errorf("it took %s: %v", time.Since(start), err)
		}
	})
}

// However the requests come, no minute sees more of them than the limit, and the
// limit is nearly used up. Without a limit, nobody waits.
func TestLimitHoldsInEveryMinute(t *testing.T) {
	t.Parallel()
	for _, perMinute := range []int{1, 2, 3, 9, 10, 11, 59, 60, 100, 1000, 0} {
		t.Run(fmt.Sprint(perMinute), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var sent []time.Time
				s := &server{URL: "http://imkit.test", Transport: roundTripper(func(*http.Request) (*http.Response, error) {
					sent = append(sent, time.Now())
					return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(okClient))}, nil
				})}
				a := s.api(t, func(c *imkit.Config) { c.RequestsPerMinute = perMinute })
				ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
				defer cancel()
				for len(sent) < 4000 { // A caller that always wants more.
					if err := bind(ctx, a); err != nil {
						break
					}
				}
				if perMinute == 0 {
					if took := sent[len(sent)-1].Sub(sent[0]); took != 0 {
						t.Errorf("waited %s without a limit", took)
					}
					return
				}
				first := 0
				for last := range sent {
					for sent[last].Sub(sent[first]) >= time.Minute {
						first++
					}
					if n := last - first + 1; n > perMinute {
						t.Fatalf("%d requests within a minute", n)
					}
				}
				if want := 3*perMinute*8/10 - 1; len(sent) < want {
					t.Errorf("only %d requests in three minutes, want %d", len(sent), want)
				}
			})
		})
	}
}

// Every attempt waits for its turn, retries too. A turn that would come after the
// context's end is the context's error, and nothing more is sent.
func TestWaitForTurnEndsWithTheContext(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		answer   http.HandlerFunc
		attempts int
		unknown  bool
	}{
		"another call": {sayJSON(200, okClient), 0, false},
		"a retry":      {sayJSON(503, ""), 1, true},
	} {
		for _, end := range ends {
			t.Run(name+", "+end.Error(), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					s := serveInMemory(t, tc.answer)
					a := s.api(t, func(c *imkit.Config) { c.RequestsPerMinute = 1 })
					if tc.attempts == 0 {
						if err := bind(t.Context(), a); err != nil {
							t.Fatal(err)
						}
					}
					start := time.Now()
					err := bind(interrupted(t, end), a)
					if took := time.Since(start); !errors.Is(err, end) || took > interruptedAfter || s.count("") != 1 {
						t.Errorf("%s, %d requests: %v", took, s.count(""), err)
					}
					if failure(t, err).Attempts != tc.attempts || imkit.OutcomeUnknown(err) != tc.unknown {
						t.Errorf("unknown %t: %v", imkit.OutcomeUnknown(err), err)
					}
				})
			})
		}
	}
}

// A rate limit that names no wait is waited out for about a minute, whatever the number
// of retries, unless there are none.
func TestRateLimitWithoutAHint(t *testing.T) {
	t.Parallel()
	for name, refusal := range map[string]http.HandlerFunc{
		"JSON": sayJSON(429, `{"error":"RATE_LIMIT_EXCEEDED","message":"slow down"}`), "a page": htmlPage(429), "RC": sayJSON(200, `{"RC":429,"RM":"no"}`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				s := serveInMemory(t, func(w http.ResponseWriter, r *http.Request) {
					if time.Since(start) < 40*time.Second {
						refusal(w, r)
					} else {
						sayJSON(200, okClient)(w, r)
					}
				})
				if err := bind(t.Context(), s.api(t, realWaits)); err != nil {
					t.Errorf("given up after %s: %v", time.Since(start), err)
				}
				start = time.Now().Add(time.Hour) // it lasts
				began := time.Now()
				err := bind(t.Context(), s.api(t, realWaits))
				if took := time.Since(began); took < 40*time.Second || took > 100*time.Second || !is(err, imkit.KindRateLimited) || imkit.OutcomeUnknown(err) {
					t.Errorf("given up after %s: %v", took, err)
				}
				before := s.count("")
				if err := bind(t.Context(), s.api(t, realWaits, retries(0))); err == nil || s.count("") != before+1 {
					t.Errorf("%d requests: %v", s.count("")-before, err)
				}
			})
		})
	}
}

// A wait that would be longer than two minutes fails at once, and says how long it is;
// nor is one that is longer than any number taken for none.
func TestServerWaitTooLong(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		refusal http.HandlerFunc
		says    string
	}{
		"seconds":       {withHeader("Retry-After", "7200", sayJSON(429, "")), "2h0m0s"},
		"a date":        {withHeader("Retry-After", "Sat, 01 Jan 2000 02:00:00 GMT", sayJSON(503, "")), "2h0m0s"},
		"in the body":   {sayJSON(429, `{"error":"RATE_LIMIT_EXCEEDED","retryAfter":7200}`), "2h0m0s"},
		"digits":        {withHeader("Retry-After", strings.Repeat("9", 400), sayJSON(429, "")), "1000h"},
		"an exponent":   {withHeader("Retry-After", "1e999", sayJSON(503, "")), "1000h"},
		"a body's":      {sayJSON(429, `{"error":"RATE_LIMIT_EXCEEDED","retryAfter":1e999}`), "1000h"},
		"both, one odd": {withHeader("Retry-After", "1", sayJSON(429, `{"retryAfter":1e999}`)), "1000h"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, tc.refusal, func(t *testing.T, s *server) {
				start := time.Now()
				err := bind(t.Context(), s.api(t, realWaits))
				if took := time.Since(start); took != 0 || s.count("") != 1 || !imkit.IsTemporary(err) || !strings.Contains(err.Error(), tc.says) {
					t.Errorf("%s, %d requests, temporary %t: %v", took, s.count(""), imkit.IsTemporary(err), err)
				}
			})
		})
	}
}
