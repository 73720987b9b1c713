package imkit

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

func mustToken(t *testing.T, s string) Token {
	t.Helper()
	token, err := NewToken(s)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestIssueToken(t *testing.T) {
	expiry, jwtExpiry, issued := at("2020-06-18T06:15:36.763Z"), at("2020-06-18T06:15:36Z"), at("2020-06-11T06:15:36Z")
	none := &time.Time{}
	jwt := `"token":"` + documentedJWT + `"`
	for name, tc := range map[string]struct {
		body            string
		expires, issued *time.Time // nil: an error
	}{
		"envelope":           {`{"RC":0,"result":{"_id":"a",` + jwt + `,"expirationDate":"2020-06-18T06:15:36.763Z"}}`, expiry, issued},
		"flat":               {`{"_id":"a","issueAccessToken":true,` + jwt + `,"expirationDate":"2020-06-18T14:15:36.763+08:00"}`, expiry, issued},
		"legacy":             {`{"RC":0,"result":{` + jwt + `,"client":"a","expirationDateMS":1592460936763}}`, expiry, issued},
		"legacy with object": {`{"RC":0,"result":{` + jwt + `,"client":{"_id":"a"}}}`, jwtExpiry, issued},
		"both dates":         {`{"_id":"a",` + jwt + `,"expirationDate":"2020-06-18T06:15:36.763Z","expirationDateMS":1}`, expiry, issued},
		"null dates":         {`{"_id":"a",` + jwt + `,"expirationDate":null,"expirationDateMS":null}`, jwtExpiry, issued},
		"microseconds":       {`{"_id":"a",` + jwt + `,"expirationDate":"2020-06-18T06:15:36.763000Z"}`, expiry, issued},
		"opaque":             {`{"_id":"a","token":"t"}`, none, none},
		"opaque with date":   {`{"_id":"a","token":"t","expirationDate":"2020-06-18T06:15:36.763Z"}`, expiry, none},
		"no token":           {`{"RC":0,"result":{"_id":"a"}}`, nil, nil},
		"empty token":        {`{"_id":"a","token":""}`, nil, nil},
		"null token":         {`{"_id":"a","token":null}`, nil, nil},
		"token of a type":    {`{"_id":"a","token":5}`, nil, nil},
		"date of a type":     {`{"_id":"a","token":"t","expirationDate":5}`, nil, nil},
		"no date":            {`{"_id":"a","token":"t","expirationDate":"tomorrow"}`, nil, nil},
		"ms of a type":       {`{"_id":"a","token":"t","expirationDateMS":"5"}`, nil, nil},
		"ms too far":         {`{"_id":"a","token":"t","expirationDateMS":999999999999999}`, nil, nil},
		"another client":     {`{"_id":"b",` + jwt + `}`, nil, nil},
		"another legacy":     {`{"RC":0,"result":{` + jwt + `,"client":"b"}}`, nil, nil},
		"client of a type":   {`{"RC":0,"result":{` + jwt + `,"client":5}}`, nil, nil},
		"no client":          {`{"RC":0,"result":{` + jwt + `}}`, nil, nil},
	} {
		s := serve(t, sayJSON(200, tc.body))
		got, err := s.api(t, func(c *Config) { c.MaxRetries = 0 }).IssueToken(t.Context(), "a")
		if tc.expires == nil {
			if err == nil || !got.Token.IsZero() || !OutcomeUnknown(err) {
				t.Errorf("%s: %v, %v", name, got, err)
			}
			continue
		}
		if err != nil || got.Token.IsZero() || !got.ExpiresAt.Equal(*tc.expires) || !got.IssuedAt.Equal(*tc.issued) {
			t.Errorf("%s: expires %s, issued %s: %v", name, got.ExpiresAt, got.IssuedAt, err)
		}
		if got.ExpiresAt.Location() != time.UTC {
			t.Errorf("%s: not in UTC", name)
		}
		if r := s.seen()[0]; r.method != "POST" || r.uri != "/admin/clients" || r.body != `{"_id":"a","issueAccessToken":true}` {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// A token is repeated when an attempt before may have made one as well.
func TestIssueTokenRepeated(t *testing.T) {
	ok := sayJSON(200, `{"_id":"a","token":"t"}`)
	for name, tc := range map[string]struct {
		before http.HandlerFunc
		want   bool
	}{
		"at once":     {ok, false},
		"rate limit":  {sayJSON(429, `{"error":"RATE_LIMIT_EXCEEDED","retryAfter":0}`), false},
		"unavailable": {sayJSON(503, `{}`), true},
		"cut":         {cut, true},
		"no token":    {sayJSON(200, `{"_id":"a"}`), true},
	} {
		s := serve(t, inTurn(tc.before, ok))
		s.Config.ErrorLog = discardLog()
		if got, err := s.api(t).IssueToken(t.Context(), "a"); err != nil || got.Repeated != tc.want {
			t.Errorf("%s: repeated is %t: %v", name, got.Repeated, err)
		}
	}
}

func TestBindToken(t *testing.T) {
	sent := time.Date(2030, 1, 2, 11, 4, 5, 999_999_999, time.FixedZone("", 8*60*60))
	for name, tc := range map[string]struct {
		token   string
		expires time.Time
		reply   string
		body    string
		want    string // the expiry
	}{
		"with expiry, nothing echoed": {"t", sent, `{"_id":"a"}`,
			`{"_id":"a","expirationDate":"2030-01-02T03:04:05.999Z","token":"t"}`, "2030-01-02T03:04:05.999Z"},
		"what was sent is the truth": {"t", sent, `{"_id":"a","token":"u","expirationDate":"2020-01-01T00:00:00.000Z"}`,
			`{"_id":"a","expirationDate":"2030-01-02T03:04:05.999Z","token":"t"}`, "2030-01-02T03:04:05.999Z"},
		"whole seconds": {"t", *at("2030-01-01T00:00:00Z"), `{"_id":"a"}`,
			`{"_id":"a","expirationDate":"2030-01-01T00:00:00.000Z","token":"t"}`, "2030-01-01T00:00:00Z"},
		"without expiry, echoed": {"t", time.Time{}, `{"_id":"a","expirationDate":"2031-01-01T00:00:00.000Z"}`,
			`{"_id":"a","token":"t"}`, "2031-01-01T00:00:00Z"},
		"without expiry, nothing echoed": {"t", time.Time{}, `{"_id":"a"}`, `{"_id":"a","token":"t"}`, ""},
		"without expiry, a JWT": {documentedJWT, time.Time{}, `{"_id":"a"}`,
			`{"_id":"a","token":"` + documentedJWT + `"}`, "2020-06-18T06:15:36Z"},
	} {
		s := serve(t, sayJSON(200, `{"RC":0,"result":`+tc.reply+`}`))
		got, err := s.api(t).BindToken(t.Context(), "a", mustToken(t, tc.token), tc.expires)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want := time.Time{}
		if tc.want != "" {
			want = *at(tc.want)
		}
		if got.Token.Reveal() != tc.token || !got.ExpiresAt.Equal(want) {
			t.Errorf("%s: expires %s, want %s", name, got.ExpiresAt, want)
		}
		if r := s.seen()[0]; r.method != "POST" || r.uri != "/admin/clients" || r.body != tc.body {
			t.Errorf("%s: %+v", name, r)
		}
	}

	s := serve(t, sayJSON(200, okClient))
	a := s.api(t)
	if _, err := a.BindToken(t.Context(), "a", Token{}, time.Time{}); err == nil {
		t.Error("no token: no error")
	}
	if _, err := a.BindToken(t.Context(), "a", mustToken(t, "t"), time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)); err == nil {
		t.Error("a date that cannot be written: no error")
	}
	if n := len(s.seen()); n != 0 {
		t.Errorf("%d requests", n)
	}
}

func TestRevoke(t *testing.T) {
	for name, tc := range map[string]struct {
		status int
		body   string
		ok     bool
	}{
		"flat":                      {200, `{"success":true,"message":"Token revoked successfully","revokedTokens":1}`, true},
		"envelope":                  {200, `{"RC":0,"RM":"OK","result":{"data":[{"token":"t","expirationDateMS":1592463789830}]}}`, true},
		"envelope with flat inside": {200, `{"RC":0,"result":{"success":true,"revokedTokens":3}}`, true},
		"bare envelope":             {200, `{"RC":0,"RM":"OK"}`, true},
		"none left":                 {200, `{"RC":0,"result":{"data":[]}}`, true},
		"token unknown":             {404, `{"error":"TOKEN_NOT_FOUND","message":"m"}`, true},
		"client unknown":            {404, `{"RC":404,"RM":"x","error":{"code":"CLIENT_NOT_FOUND"}}`, true},
		"unknown under 200":         {200, `{"RC":404,"RM":"x","error":{"code":"TOKEN_NOT_FOUND"}}`, true},
		"unknown without code":      {404, `{"RC":404,"RM":"Specified token not found for this client"}`, true},
		"404 HTML":                  {404, `<h1>`, false},
		"404 JSON":                  {404, `{"RC":404,"RM":"Not Found"}`, false},
		"empty":                     {200, ``, false},
		"no content":                {204, ``, false},
		"empty object":              {200, `{}`, false},
		"not JSON":                  {200, `OK`, false},
		"success false":             {200, `{"success":false,"message":"m"}`, false},
		"success false inside":      {200, `{"RC":0,"result":{"success":false}}`, false},
		"success of a type":         {200, `{"success":"true"}`, false},
		"count of a type":           {200, `{"success":true,"revokedTokens":"1"}`, false},
		"data of a type":            {200, `{"RC":0,"result":{"data":5}}`, false},
		"result of a type":          {200, `{"RC":0,"result":"OK"}`, false},
		"RC of a type":              {200, `{"RC":"0"}`, false},
		"another client":            {200, `{"RC":0,"result":{"_id":"b"}}`, false},
		"401":                       {401, `{"error":"UNAUTHORIZED"}`, false},
	} {
		s := serve(t, sayJSON(tc.status, tc.body))
		a := s.api(t, func(c *Config) { c.MaxRetries = 0 })
		one, all := a.RevokeToken(t.Context(), "a", mustToken(t, "t")), a.RevokeAllTokens(t.Context(), "a")
		if (one == nil) != tc.ok || (all == nil) != tc.ok {
			t.Errorf("%s: %v; %v", name, one, all)
		}
	}
}

// Revoking one token always names it, in every attempt; only revoking all has
// an empty body.
func TestRevokeBodies(t *testing.T) {
	s := serve(t, inTurn(cut, sayJSON(500, ""), sayJSON(200, `{"success":true}`)))
	a := s.api(t)
	if err := a.RevokeToken(t.Context(), "a", Token{}); err == nil || len(s.seen()) != 0 {
		t.Fatalf("without a token: %d requests, error %v", len(s.seen()), err)
	}
	if err := a.RevokeToken(t.Context(), "a", mustToken(t, `t"`)); err != nil {
		t.Fatal(err)
	}
	if err := a.RevokeAllTokens(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range s.seen() {
		got = append(got, r.method+" "+r.uri+" "+r.header.Get("Content-Type")+" "+r.body)
	}
	one := `DELETE /admin/clients/a/token application/json; charset=utf-8 {"token":"t\""}`
	want := []string{one, one, one, "DELETE /admin/clients/a/token  "}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
}

// An id arrives in the path exactly, as one segment, below any base URL.
func TestIDsInPaths(t *testing.T) {
	for _, base := range []string{"", "/", "/prefix", "/prefix/", "/a%2Fb/c%20d"} {
		for _, id := range difficultIDs {
			s := serve(t, sayJSON(200, `{"success":true}`))
			baseURL, err := url.Parse(s.URL + base)
			if err != nil {
				t.Fatal(err)
			}
			a := s.api(t, func(c *Config) { c.BaseURL = baseURL })
			if err := a.RevokeAllTokens(t.Context(), id); err != nil {
				t.Errorf("%q: %v", id, err)
				continue
			}
			uri := s.seen()[0].uri
			segment := strings.TrimSuffix(strings.TrimPrefix(uri, strings.TrimSuffix(base, "/")+"/admin/clients/"), "/token")
			got, err := url.PathUnescape(segment)
			if err != nil || got != id || strings.ContainsAny(segment, "/?#") || segment == "." || segment == ".." {
				t.Errorf("base %q: %q arrived as %q in %s", base, id, got, uri)
			}
			s.Close()
		}
	}
	// A server that cleans paths, as most do, must not see anything to clean.
	mux := http.NewServeMux()
	mux.HandleFunc("DELETE /admin/clients/{id}/token", sayJSON(200, `{"success":true}`))
	s := serve(t, mux.ServeHTTP)
	for _, id := range difficultIDs {
		if id == "." || id == ".." || strings.Contains(id, "/") {
			continue // net/http's own mux cleans the unescaped path
		}
		if err := s.api(t).RevokeAllTokens(t.Context(), id); err != nil {
			t.Errorf("%q: %v", id, err)
		}
	}
}
