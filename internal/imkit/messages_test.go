package imkit_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

func hello() imkit.Message { return imkit.Message{Room: "r", Sender: "s", Type: "text", Text: "hello"} }

func toEverybody() imkit.Broadcast {
	return imkit.Broadcast{Type: "text", Text: "hello $name$", Recipients: []imkit.Recipient{{Client: "a", Variables: map[string]string{"name": "A"}}, {Room: "r"}}}
}

func notification() imkit.PushNotification {
	return imkit.PushNotification{Clients: []string{"a", "b"}, Title: "hello"}
}

func TestMessageCallsSend(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		call func(a *imkit.API) error
		want string
		body string
	}{
		"message": {
			func(a *imkit.API) error { return last(a.SendMessage(t.Context(), hello())) },
			"POST /messages", `{"message":"hello","messageType":"text","room":"r","sender":"s"}`,
		},
		"message, everything": {
			func(a *imkit.API) error {
				return last(a.SendMessage(t.Context(), imkit.Message{Room: "r/1", Sender: "s", Type: "own", Text: "日", Push: new(false), Mentions: []string{"a", "b"}}))
			},
			"POST /messages", `{"mentions":["a","b"],"message":"日","messageType":"own","push":false,"room":"r/1","sender":"s"}`,
		},
		"broadcast": {
			func(a *imkit.API) error { return last(a.Broadcast(t.Context(), toEverybody())) },
			"POST /messages/batch", `{"message":"hello $name$","messageType":"text","paras":[{"$name$":"A","receiver":"a"},{"room":"r"}]}`,
		},
		"broadcast, everything": {
			func(a *imkit.API) error {
				b := toEverybody()
				b.Sender, b.Push = "s", new(true)
				return last(a.Broadcast(t.Context(), b))
			},
			"POST /messages/batch", `{"message":"hello $name$","messageType":"text","paras":[{"$name$":"A","receiver":"a"},{"room":"r"}],"push":true,"sender":"s"}`,
		},
		"push": {
			func(a *imkit.API) error { return a.Push(t.Context(), notification()) },
			"POST /push/push2clients", `{"clients":["a","b"],"payload":{"title":"hello"}}`,
		},
		"push, everything": {
			func(a *imkit.API) error {
				return a.Push(t.Context(), imkit.PushNotification{
					Clients: []string{"a"}, Type: "t", Title: "ti", Body: "b", Icon: "i", CollapseKey: "c", Alert: "al",
					Badge: new(int64(0)), Sound: "s", Topic: "to", ExpiresAt: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC),
				})
			},
			"POST /push/push2clients",
			`{"clients":["a"],"payload":{"alert":"al","badge":0,"body":"b","collapseKey":"c","expiry":1767323045,"icon":"i","sound":"s","title":"ti","topic":"to","type":"t"}}`,
		},
		"push, in languages": {
			func(a *imkit.API) error {
				return a.Push(t.Context(), imkit.PushNotification{Clients: []string{"a"}, AlertLocKey: "k", AlertLocArgs: []string{"x", ""}})
			},
			"POST /push/push2clients", `{"clients":["a"],"payload":{"alert":{"loc-args":["x",""],"loc-key":"k"}}}`,
		},
		"push, in languages, no arguments": {
			func(a *imkit.API) error {
				return a.Push(t.Context(), imkit.PushNotification{Clients: []string{"a"}, AlertLocKey: "k"})
			},
			"POST /push/push2clients", `{"clients":["a"],"payload":{"alert":{"loc-key":"k"}}}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, sayJSON(200, `{"RC":0,"RM":"OK","result":{}}`))
			if err := tc.call(s.api(t)); err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprint(s.calls()); got != "["+tc.want+"]" || s.seen()[0].body != tc.body {
				t.Errorf("asked for %s with\n%s, want\n%s", got, s.seen()[0].body, tc.body)
			}
		})
	}
}

// The replies of the API's own pages, and shorter ones.
func TestMessageReplies(t *testing.T) {
	t.Parallel()
	message := `{"_id":"58bf","room":"r","message":"m","messageType":"text","sender":"s","messageTimeMS":1488949021290,"createdAtMS":1488949021290}`
	for reply, want := range map[string]imkit.SentMessage{
		`{"RC":0,"RM":"OK","result":` + message + `}`: {ID: "58bf", At: time.UnixMilli(1488949021290).UTC()},
		message:                {ID: "58bf", At: time.UnixMilli(1488949021290).UTC()},
		`{"RC":0,"RM":"sent"}`: {},
		`{"RC":0,"result":{}}`: {},
		`{"_id":"x"}`:          {ID: "x"},
	} {
		got, err := serve(t, sayJSON(200, reply)).api(t).SendMessage(t.Context(), hello())
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v, %s", reply, err, diff)
		}
	}
	for reply, want := range map[string]imkit.QueuedBroadcast{
		`{"RC":0,"RM":"OK","result":{"batchID":"batch-1","count":3}}`: {ID: "batch-1", Count: reported(int64(3))},
		`{"batchID":"batch-1"}`:      {ID: "batch-1"},
		`{"RC":0,"result":null}`:     {},
		`{"RC":0,"RM":"queued"}`:     {},
		`{"success":true,"count":0}`: {Count: reported(int64(0))},
	} {
		got, err := serve(t, sayJSON(200, reply)).api(t).Broadcast(t.Context(), toEverybody())
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v, %s", reply, err, diff)
		}
	}
	for _, reply := range []string{`{"RC":0,"RM":"OK","result":{}}`, `{"RC":0}`, `{}`, `{"success":true}`} {
		if err := serve(t, sayJSON(200, reply)).api(t).Push(t.Context(), notification()); err != nil {
			t.Errorf("%s: %v", reply, err)
		}
	}
}

// Those who do not exist are named, and nobody else.
func TestMessagesToUnknownClients(t *testing.T) {
	t.Parallel()
	refused := sayJSON(404, `{"RC":404,"RM":"User not found"}`)
	a := serve(t, routes(map[string]http.HandlerFunc{
		"POST /messages": refused, "POST /messages/batch": refused, "POST /push/push2clients": refused,
		"GET /admin/clients": people("a", "s"), "GET /admin/groups": groupsListed(`{"_id":"team"}`),
	})).api(t)
	m, b := hello(), toEverybody()
	m.Mentions, b.Sender = []string{"x", "team"}, "y"
	_, message := a.SendMessage(t.Context(), m)
	_, broadcast := a.Broadcast(t.Context(), b)
	for want, err := range map[string]error{`"x"`: message, `"y"`: broadcast, `"b"`: a.Push(t.Context(), notification())} {
		if !imkit.HasProblem(err, imkit.MemberUnknown) || !strings.Contains(err.Error(), want) || strings.Count(err.Error(), `"`) != 2 || imkit.IsNotFound(err) {
			t.Errorf("want %s: %v", want, err)
		}
	}
}

// What people are told is in no error, even where the server repeats it.
func TestMessagesAreNotRepeated(t *testing.T) {
	t.Parallel()
	a := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		refusal, _ := json.Marshal(map[string]any{"RC": 400, "RM": "cannot take " + string(body) + " nor its second line, said twice"})
		if err != nil {
			t.Error(err)
		}
		sayJSON(400, string(refusal))(w, r)
	}).api(t)
	const said = "the \"code\" is 4711"
	m, b, p, alert := hello(), toEverybody(), notification(), notification()
	m.Text = said + "\nsecond line"
	b.Text, b.Recipients[0].Variables["name"] = said, "Carla Columna"
	p.Title, p.Body, p.Alert = said, said, said
	alert.AlertLocKey, alert.AlertLocArgs = "KEY", []string{said}
	_, message := a.SendMessage(t.Context(), m)
	_, broadcast := a.Broadcast(t.Context(), b)
	for call, err := range map[string]error{"message": message, "broadcast": broadcast, "push": a.Push(t.Context(), p), "alert": a.Push(t.Context(), alert)} {
		if err == nil || !strings.Contains(err.Error(), "HTTP 400") {
			t.Errorf("%s: %v", call, err)
		}
		for _, part := range []string{"4711", "Columna", "second line"} {
			if err != nil && strings.Contains(err.Error(), part) && (part != "second line" || call == "message") {
				t.Errorf("%s shows %q: %v", call, part, err)
			}
		}
	}
}

// What cannot be right is an error before anything is sent.
func TestBadMessages(t *testing.T) {
	t.Parallel()
	s := serve(t, sayJSON(200, `{"RC":0}`))
	a := s.api(t)
	message := func(change func(*imkit.Message)) error {
		m := hello()
		change(&m)
		_, err := a.SendMessage(t.Context(), m)
		return err
	}
	broadcast := func(change func(*imkit.Broadcast)) error {
		b := toEverybody()
		change(&b)
		_, err := a.Broadcast(t.Context(), b)
		return err
	}
	push := func(change func(*imkit.PushNotification)) error {
		p := notification()
		change(&p)
		return a.Push(t.Context(), p)
	}
	to := func(r imkit.Recipient) error {
		return broadcast(func(b *imkit.Broadcast) { b.Recipients = append(b.Recipients, r) })
	}
	for name, err := range map[string]error{
		"no room":       message(func(m *imkit.Message) { m.Room = "" }),
		"no sender":     message(func(m *imkit.Message) { m.Sender = "" }),
		"a bad mention": message(func(m *imkit.Message) { m.Mentions = []string{"a\xff"} }),
		"no recipients": broadcast(func(b *imkit.Broadcast) { b.Recipients = nil }),
		"a bad sender":  broadcast(func(b *imkit.Broadcast) { b.Sender = "a\xff" }),
		"nobody":        to(imkit.Recipient{}),
		"both":          to(imkit.Recipient{Client: "a", Room: "r"}),
		"a bad client":  to(imkit.Recipient{Client: "a\xff"}),
		"a bad room":    to(imkit.Recipient{Room: "a\xff"}),
		"no name":       to(imkit.Recipient{Client: "a", Variables: map[string]string{"": "x"}}),
		"a name with $": to(imkit.Recipient{Client: "a", Variables: map[string]string{"a$b": "x"}}),
		"a spaced name": to(imkit.Recipient{Client: "a", Variables: map[string]string{"a b": "x"}}),
		"no clients":    push(func(p *imkit.PushNotification) { p.Clients = nil }),
		"a bad one":     push(func(p *imkit.PushNotification) { p.Clients = []string{""} }),
	} {
		if err == nil || imkit.OutcomeUnknown(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := len(s.seen()); n != 0 {
		t.Errorf("%d requests", n)
	}
}

func TestPlaceholders(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"":                              nil,
		"nothing":                       nil,
		"$name$":                        {"name"},
		"Dear $name$, order $order_id$": {"name", "order_id"},
		"$a$$b$ and $a$":                {"a", "b"},
		"it costs $5 or $6":             nil,
		"$5 for $name$":                 {"name"},
		"$日本$":                          {"日本"},
		"$$":                            nil,
		"$a\n$":                         nil,
	} {
		if got := imkit.Placeholders(text); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

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

// A 404 is about the room only where the call is about one.
func TestMessagesToNoRoom(t *testing.T) {
	t.Parallel()
	for want, answer := range map[string]http.HandlerFunc{"gone": sayJSON(404, roomGone), "not allowed": sayJSON(403, forbidden)} {
		for call, send := range sentOnce {
			s := serve(t, routes(map[string]http.HandlerFunc{
				"POST /messages": answer, "POST /messages/batch": answer, "POST /push/push2clients": answer, "GET /admin/clients": people("a", "b"),
			}))
			err := send(t.Context(), s.knownServer(t))
			if got := meaning(err); got != want && (want != "gone" || got != "error" || call == "message") {
				t.Errorf("%s: %s, want %s: %v", call, got, want, err)
			}
			if imkit.OutcomeUnknown(err) || imkit.IsNotFound(err) != (want == "gone" && call == "message") || s.count(http.MethodPost) != 1 {
				t.Errorf("%s: not found %t, unknown %t: %s", call, imkit.IsNotFound(err), imkit.OutcomeUnknown(err), s.calls())
			}
		}
	}
}
