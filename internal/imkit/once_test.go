package imkit_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"slices"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

// sentOnce are the calls that cannot be taken back.
var sentOnce = map[string]func(context.Context, *imkit.API) error{
	"message": func(ctx context.Context, a *imkit.API) error {
		_, err := a.SendMessage(ctx, imkit.Message{Room: "lobby", Sender: "a", Type: "text", Text: "Hello."})
		return err
	},
	"broadcast": func(ctx context.Context, a *imkit.API) error {
		_, err := a.Broadcast(ctx, imkit.Broadcast{Sender: "a", Type: "text", Text: "Hello.", Recipients: []imkit.Recipient{{Client: "b"}}})
		return err
	},
	"notification": func(ctx context.Context, a *imkit.API) error {
		return a.Push(ctx, imkit.PushNotification{Clients: []string{"a"}, Title: "Hello."})
	},
}

// What the server may have received is not sent again, and the error says so. After
// a refusal, which says that nothing was done, it is.
func TestOnce(t *testing.T) {
	t.Parallel()
	const taken = `{"RC":0,"result":{"_id":"m1"}}`
	refused := sayJSON(429, `{"error":"RATE_LIMIT_EXCEEDED","retryAfter":1}`)
	for name, tc := range map[string]struct {
		faults  []http.HandlerFunc // Then it succeeds.
		sent    int
		unknown bool
	}{
		"nothing":                 {nil, 1, false},
		"429":                     {[]http.HandlerFunc{refused, refused}, 3, false},
		"429 with HTML":           {[]http.HandlerFunc{withHeader("Retry-After", "1", htmlPage(429))}, 2, false},
		"429 cut off":             {[]http.HandlerFunc{withHeader("Retry-After", "1", cutBody(429))}, 2, false},
		"RC 429 under 200":        {[]http.HandlerFunc{sayJSON(200, `{"RC":429,"RM":"slow down","retryAfter":1}`)}, 2, false},
		"429 for ever":            {[]http.HandlerFunc{refused, refused, refused, refused}, 4, false},
		"429, then cut":           {[]http.HandlerFunc{refused, cut}, 2, true},
		"connection lost":         {[]http.HandlerFunc{cut}, 1, true},
		"time-out":                {[]http.HandlerFunc{hang}, 1, true},
		"reply cut off":           {[]http.HandlerFunc{cutBody(200)}, 1, true},
		"500":                     {[]http.HandlerFunc{sayJSON(500, `{"RC":500,"RM":"oops"}`)}, 1, true},
		"502 with HTML":           {[]http.HandlerFunc{htmlPage(502)}, 1, true},
		"503 that names a wait":   {[]http.HandlerFunc{withHeader("Retry-After", "1", sayJSON(503, ""))}, 1, true},
		"504":                     {[]http.HandlerFunc{sayJSON(504, "")}, 1, true},
		"RC 503 under 200":        {[]http.HandlerFunc{sayJSON(200, `{"RC":503,"RM":"busy"}`)}, 1, true},
		"not JSON":                {[]http.HandlerFunc{htmlPage(200)}, 1, true},
		"JSON cut short":          {[]http.HandlerFunc{sayJSON(200, `{"RC":0,"result":{"_id":"a"`)}, 1, true},
		"empty":                   {[]http.HandlerFunc{sayJSON(200, "")}, 1, true},
		"400":                     {[]http.HandlerFunc{sayJSON(400, `{"error":"INVALID_REQUEST"}`)}, 1, false},
		"404 with JSON cut short": {[]http.HandlerFunc{sayJSON(404, `{"error":"CLIENT_NOT_F`)}, 1, false},
		"501":                     {[]http.HandlerFunc{sayJSON(501, "")}, 1, false},
		"redirect":                {[]http.HandlerFunc{withHeader("Location", "https://example.com/", say(307, "", ""))}, 1, false},
	} {
		for kind, send := range sentOnce {
			t.Run(name+", "+kind, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					faults := inTurn(append(slices.Clone(tc.faults), sayJSON(200, taken))...)
					s := serveInMemory(t, func(w http.ResponseWriter, r *http.Request) {
						if r.Method == http.MethodPost {
							faults(w, r)
						} else { // What is asked afterwards, to say more.
							sayJSON(200, `{"RC":0,"result":{"totalCount":0,"data":[]}}`)(w, r)
						}
					})
					err := send(t.Context(), s.api(t))
					if s.count("POST") != tc.sent {
						t.Errorf("sent %d times, want %d", s.count("POST"), tc.sent)
					}
					fails := tc.sent <= len(tc.faults)
					if (err != nil) != fails || imkit.OutcomeUnknown(err) != tc.unknown {
						t.Errorf("unknown %t: %v", imkit.OutcomeUnknown(err), err)
					}
					if tc.unknown && imkit.IsTemporary(err) {
						t.Errorf("the error asks for a second time: %v", err)
					}
				})
			})
		}
	}
}

// A connection that was never made has carried nothing.
func TestOnceConnects(t *testing.T) {
	t.Parallel()
	for _, failed := range []int{2, 4} {
		t.Run(fmt.Sprint(failed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := serveInMemory(t, sayJSON(200, `{"RC":0,"result":{"_id":"m1"}}`))
				transport, _ := s.Transport.(*http.Transport)
				dial, dials := transport.DialContext, 0
				transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
					if dials++; dials <= failed {
						return nil, &net.OpError{Op: "dial", Net: network, Err: syscall.ECONNREFUSED}
					}
					return dial(ctx, network, address)
				}
				err := sentOnce["message"](t.Context(), s.api(t))
				if failed < 4 && (err != nil || dials != failed+1 || s.count("") != 1) {
					t.Errorf("%d connections tried, %d requests: %v", dials, s.count(""), err)
				}
				if failed == 4 && (failure(t, err).Attempts != 4 || imkit.OutcomeUnknown(err) || !imkit.IsTemporary(err)) {
					t.Errorf("%d connections tried, unknown %t: %v", dials, imkit.OutcomeUnknown(err), err)
				}
			})
		})
	}
}

// An interrupt does not have it sent again either, and says what may have been.
func TestOnceInterrupted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := serveInMemory(t, answerAfter(time.Second, cut))
		err := sentOnce["message"](interrupted(t, context.Canceled), s.api(t, realWaits))
		if s.count("") != 1 || !imkit.OutcomeUnknown(err) {
			t.Errorf("%d requests, unknown %t: %v", s.count(""), imkit.OutcomeUnknown(err), err)
		}
	})
}
