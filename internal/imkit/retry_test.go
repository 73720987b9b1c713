package imkit

import (
	"errors"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
)

// What passes is retried until it succeeds; what does not is asked once.
func TestRetryPolicy(t *testing.T) {
	for _, tc := range []struct {
		name    string
		fault   http.HandlerFunc
		retried bool
		unknown bool // whether the work may have been done
	}{
		{"500", sayJSON(500, `{"RC":500,"RM":"oops"}`), true, true},
		{"502 with HTML", say(502, "text/html", "<h1>Bad Gateway</h1>"), true, true},
		{"503", sayJSON(503, ""), true, true},
		{"429", sayJSON(429, `{"error":"RATE_LIMIT_EXCEEDED","message":"slow down"}`), true, false},
		{"connection lost", cut, true, true},
		{"reply cut off", cutBody(200), true, true},
		{"error cut off", cutBody(404), true, false},
		{"JSON cut short", sayJSON(200, `{"RC":0,"result":{"_id":"a"`), true, true},
		{"not JSON", say(200, "text/html", "<h1>Welcome</h1>"), true, true},
		{"empty", sayJSON(200, ""), true, true},
		{"no content", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }, true, true},
		{"array", sayJSON(200, `[]`), true, true},
		{"null", sayJSON(200, `null`), true, true},
		{"two values", sayJSON(200, okClient+okClient), true, true},
		{"RC of a wrong type", sayJSON(200, `{"RC":"0","result":{"_id":"a"}}`), true, true},
		{"RC with a fraction", sayJSON(200, `{"RC":0.5,"result":{"_id":"a"}}`), true, true},
		{"no result", sayJSON(200, `{"RC":0,"RM":"OK"}`), true, true},
		{"result of a wrong type", sayJSON(200, `{"RC":0,"result":[]}`), true, true},
		{"field of a wrong type", sayJSON(200, `{"RC":0,"result":{"_id":"a","nickname":5}}`), true, true},
		{"another client", sayJSON(200, `{"RC":0,"result":{"_id":"b"}}`), true, true},
		{"no id", sayJSON(200, `{"RC":0,"result":{}}`), true, true},
		{"RC 429 under 200", sayJSON(200, `{"RC":429,"RM":"slow down"}`), true, false},
		{"rate limit under 200", sayJSON(200, `{"error":"RATE_LIMIT_EXCEEDED","message":"slow"}`), true, false},
		{"RC 503 under 200", sayJSON(200, `{"RC":503,"RM":"busy"}`), true, true},
		{"RC 400 under 200", sayJSON(200, `{"RC":400,"RM":"bad"}`), false, false},
		{"RC 404 under 500", sayJSON(500, `{"RC":404,"RM":"gone"}`), false, false},
		{"RC 501 under 200", sayJSON(200, `{"RC":501,"RM":"no"}`), false, false},
		{"RC 1 under 200", sayJSON(200, `{"RC":1,"RM":"bad"}`), false, true},
		{"error under 200", sayJSON(200, `{"error":"USER_EXISTS","message":"there"}`), false, false},
		{"success false", sayJSON(200, `{"success":false,"message":"no"}`), false, true},
		{"400", sayJSON(400, `{"error":"INVALID_REQUEST","message":"bad"}`), false, false},
		{"404 with JSON cut short", sayJSON(404, `{"error":"CLIENT_NOT_F`), true, false},
		{"404 with no JSON", sayJSON(404, ""), true, false},
		{"401", sayJSON(401, `{"RC":401,"RM":"Unauthorized"}`), false, false},
		{"404 with HTML", say(404, "text/html", "<h1>Not Found</h1>"), false, false},
		{"409", sayJSON(409, `{"error":"USER_EXISTS"}`), false, false},
		{"501", sayJSON(501, ""), false, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := serve(t, known(inTurn(tc.fault, tc.fault, sayJSON(200, okClient))))
			err := upsert(t, s.api(t))
			if want := map[bool]int{true: 3, false: 1}[tc.retried]; s.upserts() != want || (err == nil) != tc.retried {
				t.Errorf("transient: %d requests, want %d; error %v", s.upserts(), want, err)
			}

			s = serve(t, known(tc.fault))
			err = upsert(t, s.api(t))
			e := failure(t, err)
			want := map[bool]int{true: 4, false: 1}[tc.retried]
			if s.upserts() != want || e.Attempts != want {
				t.Errorf("lasting: %d requests, %d attempts, want %d", s.upserts(), e.Attempts, want)
			}
			if OutcomeUnknown(err) != tc.unknown {
				t.Errorf("OutcomeUnknown is %t, want %t: %v", !tc.unknown, tc.unknown, err)
			}
			if tc.retried != strings.Contains(err.Error(), "(after 4 attempts)") {
				t.Errorf("the error does not tell the attempts: %v", err)
			}
			if !strings.HasPrefix(err.Error(), "POST /admin/clients: ") || strings.Contains(err.Error(), "<h1>") {
				t.Errorf("error %q", err)
			}

			s = serve(t, known(tc.fault))
			if err := upsert(t, s.api(t, func(c *Config) { c.MaxRetries = 0 })); err == nil || s.upserts() != 1 {
				t.Errorf("without retries: %d requests, error %v", s.upserts(), err)
			}
		})
	}
}

// A retry sends the same request again, body included.
func TestRetryRepeatsTheRequest(t *testing.T) {
	s := serve(t, inTurn(cut, sayJSON(500, ""), sayJSON(200, okClient)))
	if err := upsert(t, s.api(t)); err != nil {
		t.Fatal(err)
	}
	for i, r := range s.seen() {
		if r.body != `{"_id":"a"}` || r.header.Get("IM-API-KEY") != testKey {
			t.Errorf("request %d: %+v", i, r)
		}
	}
}

// The outcome stays unknown when a later attempt was refused: an earlier one
// may have done the work.
func TestOutcomeOfAllAttempts(t *testing.T) {
	s := serve(t, inTurn(cut, sayJSON(409, `{"error":"USER_EXISTS"}`)))
	err := upsert(t, s.api(t))
	if !IsConflict(err) || !OutcomeUnknown(err) {
		t.Errorf("conflict %t, unknown %t: %v", IsConflict(err), OutcomeUnknown(err), err)
	}
}

func TestConnectionRefused(t *testing.T) {
	s := serve(t, cut)
	a := s.api(t)
	s.Close()
	err := upsert(t, a)
	if e := failure(t, err); OutcomeUnknown(err) || e.Attempts != 4 || e.Status != 0 {
		t.Errorf("unknown %t, %d attempts: %v", OutcomeUnknown(err), e.Attempts, err)
	}
	if _, ok := errors.AsType[*net.OpError](err); !ok || !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("the cause is lost: %v", err)
	}
	if !strings.Contains(err.Error(), "connection refused") || strings.Contains(err.Error(), "giving up") {
		t.Errorf("error %q", err)
	}
}

func TestServerWait(t *testing.T) {
	now := time.Date(2025, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, tc := range []struct {
		header, body string
		want         time.Duration
	}{
		{"", `{}`, 0},
		{"7", `{}`, 7 * time.Second},
		{" 7 ", `{}`, 7 * time.Second},
		{"1.5", `{}`, 1500 * time.Millisecond},
		{"0", `{}`, 0},
		{"-5", `{}`, 0},
		{"nan", `{}`, 0},
		{"soon", `{}`, 0},
		{"9999999999999999999999", `{}`, 2 * time.Minute},
		{"Thu, 02 Jan 2025 03:04:35 GMT", `{}`, 30 * time.Second},
		{"Thu, 02 Jan 2025 03:04:00 GMT", `{}`, 0},
		{"Fri, 03 Jan 2025 03:04:05 GMT", `{}`, 2 * time.Minute},
		{"", `{"retryAfter":60}`, time.Minute},
		{"", `{"retryAfter":0.25}`, 250 * time.Millisecond},
		{"", `{"retryAfter":-1}`, 0},
		{"", `{"retryAfter":1e300}`, 2 * time.Minute},
		{"", `{"retryAfter":1e999}`, 0},
		{"", `{"retryAfter":"60"}`, 0},
		{"", `{"retryAfter":null}`, 0},
		{"5", `{"retryAfter":60}`, time.Minute},
		{"60", `{"retryAfter":5}`, time.Minute},
	} {
		body, err := decodeObject([]byte(tc.body))
		if err != nil {
			t.Fatal(err)
		}
		if got := serverWait(http.Header{"Retry-After": {tc.header}}, body, now); got != tc.want {
			t.Errorf("Retry-After %q, body %s: %s, want %s", tc.header, tc.body, got, tc.want)
		}
	}
}

// The wait that the server names wins over the backoff, whatever the reply's
// shape.
func TestServerWaitWins(t *testing.T) {
	now := time.Date(2025, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, tc := range []struct {
		name    string
		handler http.HandlerFunc
		want    time.Duration
	}{
		{"seconds", withHeader("Retry-After", "33", sayJSON(429, "")), 33 * time.Second},
		{"date", withHeader("Retry-After", "Thu, 02 Jan 2025 03:04:45 GMT", say(503, "text/html", "x")), 40 * time.Second},
		{"body", sayJSON(429, `{"error":"RATE_LIMIT_EXCEEDED","retryAfter":60}`), time.Minute},
		{"body under 200", sayJSON(200, `{"RC":429,"RM":"slow","retryAfter":20}`), 20 * time.Second},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := serve(t, tc.handler)
			x := &exchange{api: s.api(t, func(c *Config) { c.Now = func() time.Time { return now } })}
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL, nil)
			if err != nil {
				t.Fatal(err)
			}
			_, x.last = x.attempt(req)
			if got := x.backoff(time.Second, time.Minute, 0, nil); got != tc.want {
				t.Errorf("waits %s, want %s", got, tc.want)
			}
		})
	}
}

func withHeader(name, value string, h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(name, value)
		h(w, r)
	}
}

func TestBackoffWait(t *testing.T) {
	const low, high = 500 * time.Millisecond, 30 * time.Second
	for _, tc := range []struct {
		n      int
		random float64
		want   time.Duration
	}{
		{0, 0, 250 * time.Millisecond},
		{0, 1, 500 * time.Millisecond},
		{1, 1, time.Second},
		{3, 0.5, 3 * time.Second},
		{5, 1, 16 * time.Second},
		{6, 1, high},
		{1000, 1, high},
		{1000, 0, high / 2},
	} {
		if got := backoffWait(low, high, tc.n, tc.random); got != tc.want {
			t.Errorf("backoffWait(%d, %g) = %s, want %s", tc.n, tc.random, got, tc.want)
		}
	}
	if got := backoffWait(time.Minute, time.Second, 3, 1); got != time.Minute {
		t.Errorf("a maximum below the minimum: %s", got)
	}
}
