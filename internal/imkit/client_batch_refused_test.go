package imkit

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// A record that the server alone refuses keeps no other from being stored.
func TestRefusedRecords(t *testing.T) {
	for _, tc := range []struct {
		refused []string
		most    int // calls
	}{
		{[]string{"client-000"}, 3 + 14},
		{[]string{"client-149"}, 3 + 14},
		{[]string{"client-249"}, 3 + 12},
		{[]string{"client-042", "client-043"}, 3 + 2*14},
		{[]string{"client-003", "client-042", "client-123", "client-177", "client-201"}, 3 + 5*14},
		{numbered(100), 3 + 30},
		{numbered(49), 3 + 2*49 + 2},
	} {
		t.Run(fmt.Sprintf("%d from %s", len(tc.refused), tc.refused[0]), func(t *testing.T) {
			withSandbox(t, sandbox.Options{}, func(t *testing.T, s *sandbox.Server, a *API) {
				s.RefuseIDs(tc.refused...)
				var last BatchProgress
				result := a.UpsertClients(t.Context(), numberedRecords(250), func(p BatchProgress) { last = p })
				if diff := cmp.Diff(tc.refused, statuses(result)[RecordRefused]); diff != "" || len(s.ClientIDs()) != 250-len(tc.refused) {
					t.Errorf("%s: %s", countStatuses(result), diff)
				}
				if n := batchCalls(s); n > tc.most {
					t.Errorf("%d calls, want at most %d", n, tc.most)
				}
				if len(result.Errors) != 1 || failure(t, result.Errors[0]).Code != CodeInvalidRequest {
					t.Errorf("errors %v", result.Errors)
				}
				if last.Done != 250-len(tc.refused) || last.Failed != len(tc.refused) || last.Total != 250 {
					t.Errorf("at last %+v", last)
				}
			})
		})
	}
}

// Whatever way the server puts it.
func TestRefusalsAreDivided(t *testing.T) {
	for name, fault := range map[string]sandbox.Fault{
		"HTML":      {Status: 400, Body: "<h1>Bad Request</h1>", ContentType: "text/html"},
		"not found": {Status: 404, Body: `{"error":"CLIENT_NOT_FOUND"}`},
		"exists":    {Status: 409, Body: `{"error":"USER_EXISTS"}`},
		"too large": {Status: 413, Body: "", ContentType: "text/plain"},
		"422":       {Status: 422, Body: `{"message":"no"}`},
		"under 200": {Status: 200, Body: `{"RC":400,"RM":"no"}`},
		"a code":    {Status: 200, Body: `{"error":"INVALID_REQUEST"}`},
	} {
		t.Run(name, func(t *testing.T) {
			withSandbox(t, sandbox.Options{}, func(t *testing.T, s *sandbox.Server, a *API) {
				fault.Match = func(_ *http.Request, body []byte) bool { return strings.Contains(string(body), "client-010") }
				s.Inject(fault)
				result := a.UpsertClients(t.Context(), numberedRecords(100), nil)
				if bad := statuses(result)[RecordRefused]; !slices.Equal(bad, []string{"client-010"}) || len(s.ClientIDs()) != 99 || batchCalls(s) > 15 {
					t.Errorf("%d calls: %s", batchCalls(s), countStatuses(result))
				}
			})
		})
	}
}

// Where nothing was stored yet, or a call is refused as a whole, the records of
// others are found nevertheless.
func TestRefusedAmidRefused(t *testing.T) {
	for _, tc := range []struct {
		records int
		refused []string
	}{
		{10_000, append(numbered(100), "client-9910", "client-9960")},
		{101, []string{"client-010", "client-060", "client-100"}},
	} {
		withSandbox(t, sandbox.Options{Latency: time.Millisecond}, func(t *testing.T, s *sandbox.Server, a *API) {
			s.RefuseIDs(tc.refused...)
			result := a.UpsertClients(t.Context(), numberedRecords(tc.records), nil)
			if diff := cmp.Diff(tc.refused, statuses(result)[RecordRefused]); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A server that refuses everything is not asked about each record.
func TestEveryRecordRefused(t *testing.T) {
	withSandbox(t, sandbox.Options{}, func(t *testing.T, s *sandbox.Server, a *API) {
		s.RefuseIDs(numbered(10_000)...)
		result := a.UpsertClients(t.Context(), numberedRecords(10_000), nil)
		if countStatuses(result) != "done 0, refused 10000, unknown 0, not sent 0" || len(result.Errors) != 1 {
			t.Errorf("%s: %v", countStatuses(result), result.Errors)
		}
		if n, most := batchCalls(s), 100*3+3*28; n > most {
			t.Errorf("%d calls, want at most %d", n, most)
		}
	})
}
