package sandbox_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// start is where the frozen clocks of these tests stand.
var start = time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC)

// harness is a served sandbox and the means of calling it.
type harness struct {
	*sandbox.Server
	t   *testing.T
	url string
	// header is sent with every request; by default the API key and the content type.
	header http.Header
}

func serve(t *testing.T, opts sandbox.Options) *harness {
	t.Helper()
	s := sandbox.New(opts)
	s.SetTime(start)
	web := httptest.NewServer(s)
	t.Cleanup(web.Close)
	key := opts.APIKey
	if key == "" {
		key = sandbox.DefaultAPIKey
	}
	return &harness{Server: s, t: t, url: web.URL, header: http.Header{
		"Im-Api-Key":   {key},
		"Content-Type": {"application/json; charset=utf-8"},
	}}
}

// response is a reply that has been read to its end.
type response struct {
	status int
	header http.Header
	body   string
	err    error // of sending or of reading
}

// send makes one request, on a connection of its own so that nothing is sent twice.
func (h *harness) send(method, path, body string) response {
	h.t.Helper()
	req, err := http.NewRequestWithContext(h.t.Context(), method, h.url+path, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	req.Header = h.header.Clone()
	req.Close = true
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return response{err: err}
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	return response{status: resp.StatusCode, header: resp.Header, body: string(data), err: err}
}

// object is the reply's body as a JSON object with json.Number.
func (r response) object(t *testing.T) map[string]any {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(r.body))
	dec.UseNumber()
	var object map[string]any
	if err := dec.Decode(&object); err != nil {
		t.Fatalf("reply %d %q is not a JSON object: %v (%v)", r.status, r.body, err, r.err)
	}
	return object
}

// ok makes a request that must succeed and returns its result.
func (h *harness) ok(method, path, body string) map[string]any {
	h.t.Helper()
	r := h.send(method, path, body)
	object := r.object(h.t)
	if r.status != http.StatusOK || object["RC"] != json.Number("0") || object["RM"] != "OK" {
		h.t.Fatalf("%s %s %s: got %d %s, want success", method, path, body, r.status, r.body)
	}
	result, ok := object["result"].(map[string]any)
	if !ok {
		h.t.Fatalf("%s %s %s: no result in %s", method, path, body, r.body)
	}
	return result
}

// refused makes a request that must fail with this status and code, in the default shape.
func (h *harness) refused(method, path, body string, status int, code string) {
	h.t.Helper()
	r := h.send(method, path, body)
	object := r.object(h.t)
	problem, _ := object["error"].(map[string]any)
	if r.status != status || problem["code"] != code || problem["message"] == "" {
		h.t.Errorf("%s %s %s: got %d %s, want %d %s", method, path, body, r.status, r.body, status, code)
	}
}

// find looks clients up and returns their ids.
func (h *harness) find(q string) []string {
	h.t.Helper()
	result := h.ok("GET", "/admin/clients?limit=100&q="+url.QueryEscape(q), "")
	var ids []string
	data, ok := result["data"].([]any)
	if !ok {
		h.t.Fatalf("data of %s is not a list: %v", q, result["data"])
	}
	for _, one := range data {
		client, _ := one.(map[string]any)
		id, _ := client["_id"].(string)
		ids = append(ids, id)
	}
	return ids
}

// call serves one request with the default key and without a network.
func call(ctx context.Context, s *sandbox.Server, method, path, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(ctx, method, path, strings.NewReader(body))
	r.Header.Set("IM-API-KEY", sandbox.DefaultAPIKey)
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// on is the harness for a subtest.
func (h *harness) on(t *testing.T) *harness {
	sub := *h
	sub.t = t
	return &sub
}

// object is a JSON object as decoded.
type object = map[string]any
