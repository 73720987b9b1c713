package imkit

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func hello() Message { return Message{Room: "r", Sender: "s", Type: "text", Text: "hello"} }

func toEverybody() Broadcast {
	return Broadcast{Type: "text", Text: "hello $name$", Recipients: []Recipient{{Client: "a", Variables: map[string]string{"name": "A"}}, {Room: "r"}}}
}

func notification() PushNotification {
	return PushNotification{Clients: []string{"a", "b"}, Title: "hello"}
}

func TestMessageCallsSend(t *testing.T) {
	for name, tc := range map[string]struct {
		call func(a *API) error
		want string
		body string
	}{
		"message": {
			func(a *API) error { _, err := a.SendMessage(t.Context(), hello()); return err },
			"POST /messages", `{"message":"hello","messageType":"text","room":"r","sender":"s"}`,
		},
		"message, everything": {
			func(a *API) error {
				_, err := a.SendMessage(t.Context(), Message{Room: "r/1", Sender: "s", Type: "own", Text: "日", Push: ptr(false), Mentions: []string{"a", "b"}})
				return err
			},
			"POST /messages", `{"mentions":["a","b"],"message":"日","messageType":"own","push":false,"room":"r/1","sender":"s"}`,
		},
		"broadcast": {
			func(a *API) error { _, err := a.Broadcast(t.Context(), toEverybody()); return err },
			"POST /messages/batch", `{"message":"hello $name$","messageType":"text","paras":[{"$name$":"A","receiver":"a"},{"room":"r"}]}`,
		},
		"broadcast, everything": {
			func(a *API) error {
				b := toEverybody()
				b.Sender, b.Push = "s", ptr(true)
				_, err := a.Broadcast(t.Context(), b)
				return err
			},
			"POST /messages/batch", `{"message":"hello $name$","messageType":"text","paras":[{"$name$":"A","receiver":"a"},{"room":"r"}],"push":true,"sender":"s"}`,
		},
		"push": {
			func(a *API) error { return a.Push(t.Context(), notification()) },
			"POST /push/push2clients", `{"clients":["a","b"],"payload":{"title":"hello"}}`,
		},
		"push, everything": {
			func(a *API) error {
				return a.Push(t.Context(), PushNotification{
					Clients: []string{"a"}, Type: "t", Title: "ti", Body: "b", Icon: "i", CollapseKey: "c", Alert: "al",
					Badge: ptr(int64(0)), Sound: "s", Topic: "to", ExpiresAt: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC),
				})
			},
			"POST /push/push2clients",
			`{"clients":["a"],"payload":{"alert":"al","badge":0,"body":"b","collapseKey":"c","expiry":1767323045,"icon":"i","sound":"s","title":"ti","topic":"to","type":"t"}}`,
		},
		"push, in languages": {
			func(a *API) error {
				return a.Push(t.Context(), PushNotification{Clients: []string{"a"}, AlertLocKey: "k", AlertLocArgs: []string{"x", ""}})
			},
			"POST /push/push2clients", `{"clients":["a"],"payload":{"alert":{"loc-args":["x",""],"loc-key":"k"}}}`,
		},
		"push, in languages, no arguments": {
			func(a *API) error {
				return a.Push(t.Context(), PushNotification{Clients: []string{"a"}, AlertLocKey: "k"})
			},
			"POST /push/push2clients", `{"clients":["a"],"payload":{"alert":{"loc-key":"k"}}}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
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
	message := `{"_id":"58bf","room":"r","message":"m","messageType":"text","sender":"s","messageTimeMS":1488949021290,"createdAtMS":1488949021290}`
	for reply, want := range map[string]SentMessage{
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
	for reply, want := range map[string]QueuedBroadcast{
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

// Nothing is sent twice, and who cannot tell what became of it says so.
func TestMessagesAreSentOnce(t *testing.T) {
	calls := map[string]func(a *API) error{
		"message":   func(a *API) error { _, err := a.SendMessage(t.Context(), hello()); return err },
		"broadcast": func(a *API) error { _, err := a.Broadcast(t.Context(), toEverybody()); return err },
		"push":      func(a *API) error { return a.Push(t.Context(), notification()) },
	}
	for name, tc := range map[string]struct {
		answer  http.HandlerFunc
		sent    int
		unknown bool
		fails   bool
	}{
		"429 twice":       {nil, 3, false, false},
		"cut":             {cut, 1, true, true},
		"502":             {say(502, "text/html", "x"), 1, true, true},
		"503":             {sayJSON(503, ""), 1, true, true},
		"makes no sense":  {sayJSON(200, `{"RC":0,"result":{"_id":7,"batchID":7}}`), 1, true, true},
		"dates, no sense": {sayJSON(200, `{"RC":0,"result":{"messageTimeMS":"now","count":"many"}}`), 1, true, true},
		"an array":        {sayJSON(200, `{"RC":0,"result":[]}`), 1, true, true},
		"RC 1":            {sayJSON(200, `{"RC":1,"RM":"no"}`), 1, true, true},
		"400":             {sayJSON(400, `{"RC":400,"RM":"no"}`), 1, false, true},
		"403":             {sayJSON(403, forbidden), 1, false, true},
		"404":             {sayJSON(404, roomGone), 1, false, true},
	} {
		for call, do := range calls {
			if call == "push" && (name == "makes no sense" || name == "dates, no sense") { // it has no fields
				continue
			}
			t.Run(name+", "+call, func(t *testing.T) {
				answer := tc.answer
				if answer == nil {
					answer = inTurn(sayJSON(429, ""), sayJSON(429, ""), sayJSON(200, `{"RC":0}`))
				}
				s := serve(t, func(w http.ResponseWriter, r *http.Request) {
					if r.Method == http.MethodGet {
						people("a", "b", "s")(w, r)
						return
					}
					answer(w, r)
				})
				err := do(s.api(t))
				if n := s.upserts(); n != tc.sent || (err != nil) != tc.fails || OutcomeUnknown(err) != tc.unknown {
					t.Errorf("sent %d times, unknown %t: %v", n, OutcomeUnknown(err), err)
				}
				if tc.unknown != (err != nil && strings.HasPrefix(err.Error(), "it may have been sent nevertheless, and is not sent again: POST /")) {
					t.Errorf("%v", err)
				}
				if IsKeyNotAllowed(err) != (name == "403") || IsNotFound(err) != (name == "404" && call == "message") {
					t.Errorf("%v", err)
				}
			})
		}
	}
}

// Those who do not exist are named, and nobody else.
func TestMessagesToUnknownClients(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == pathGroups:
			groupsListed(`{"_id":"team"}`)(w, r)
		case r.Method == http.MethodGet:
			people("a", "s")(w, r)
		default:
			sayJSON(404, `{"RC":404,"RM":"User not found"}`)(w, r)
		}
	})
	a := s.api(t)
	m, b, p := hello(), toEverybody(), notification()
	m.Mentions = []string{"x", "team"}
	b.Sender = "y"
	_, message := a.SendMessage(t.Context(), m)
	_, broadcast := a.Broadcast(t.Context(), b)
	for want, err := range map[string]error{`"x"`: message, `"y"`: broadcast, `"b"`: a.Push(t.Context(), p)} {
		if !IsUnknownMember(err) || !strings.Contains(err.Error(), ": "+want+": POST /") || IsNotFound(err) {
			t.Errorf("want %s: %v", want, err)
		}
	}
}

// What people are told is in no error, even where the server repeats it.
func TestMessagesAreNotRepeated(t *testing.T) {
	var s *testServer
	s = serve(t, func(w http.ResponseWriter, r *http.Request) {
		seen := s.seen()
		refusal, _ := json.Marshal(map[string]any{"RC": 400, "RM": "cannot take " + seen[len(seen)-1].body + " nor its second line, said twice"})
		sayJSON(400, string(refusal))(w, r)
	})
	a := s.api(t)
	const private = "the \"code\" is 4711"
	m, b, p := hello(), toEverybody(), notification()
	m.Text = private + "\nsecond line"
	b.Text, b.Recipients[0].Variables["name"] = private, "Carla Columna"
	p.Title, p.Body, p.Alert = private, private, private
	_, message := a.SendMessage(t.Context(), m)
	_, broadcast := a.Broadcast(t.Context(), b)
	p.AlertLocArgs = nil
	alert := notification()
	alert.AlertLocKey, alert.AlertLocArgs = "KEY", []string{private}
	for call, err := range map[string]error{"message": message, "broadcast": broadcast, "push": a.Push(t.Context(), p), "alert": a.Push(t.Context(), alert)} {
		if err == nil || !strings.Contains(err.Error(), "cannot take") || !strings.Contains(err.Error(), redacted) {
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
	s := serve(t, sayJSON(200, `{"RC":0}`))
	a := s.api(t)
	message := func(change func(*Message)) error {
		m := hello()
		change(&m)
		_, err := a.SendMessage(t.Context(), m)
		return err
	}
	broadcast := func(change func(*Broadcast)) error {
		b := toEverybody()
		change(&b)
		_, err := a.Broadcast(t.Context(), b)
		return err
	}
	push := func(change func(*PushNotification)) error {
		p := notification()
		change(&p)
		return a.Push(t.Context(), p)
	}
	to := func(r Recipient) error {
		return broadcast(func(b *Broadcast) { b.Recipients = append(b.Recipients, r) })
	}
	for name, err := range map[string]error{
		"no room":         message(func(m *Message) { m.Room = "" }),
		"no sender":       message(func(m *Message) { m.Sender = "" }),
		"a bad mention":   message(func(m *Message) { m.Mentions = []string{"a\xff"} }),
		"no type":         message(func(m *Message) { m.Type = "" }),
		"no text":         message(func(m *Message) { m.Text = "" }),
		"no recipients":   broadcast(func(b *Broadcast) { b.Recipients = nil }),
		"no broadcast":    broadcast(func(b *Broadcast) { b.Text = "" }),
		"no kind":         broadcast(func(b *Broadcast) { b.Type = "" }),
		"a bad sender":    broadcast(func(b *Broadcast) { b.Sender = "a\xff" }),
		"nobody":          to(Recipient{}),
		"both":            to(Recipient{Client: "a", Room: "r"}),
		"a bad client":    to(Recipient{Client: "a\xff"}),
		"a bad room":      to(Recipient{Room: "a\xff"}),
		"no name":         to(Recipient{Client: "a", Variables: map[string]string{"": "x"}}),
		"a name with $":   to(Recipient{Client: "a", Variables: map[string]string{"a$b": "x"}}),
		"a spaced name":   to(Recipient{Client: "a", Variables: map[string]string{"a b": "x"}}),
		"no clients":      push(func(p *PushNotification) { p.Clients = nil }),
		"a bad one":       push(func(p *PushNotification) { p.Clients = []string{""} }),
		"nothing":         push(func(p *PushNotification) { p.Title = "" }),
		"two alerts":      push(func(p *PushNotification) { p.Alert, p.AlertLocKey = "a", "k" }),
		"arguments alone": push(func(p *PushNotification) { p.AlertLocArgs = []string{"a"} }),
	} {
		if err == nil || OutcomeUnknown(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := len(s.seen()); n != 0 {
		t.Errorf("%d requests", n)
	}
}

func TestPlaceholders(t *testing.T) {
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
		if got := Placeholders(text); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
