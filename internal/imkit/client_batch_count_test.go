package imkit

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// Where the server counts other than it was sent, what it has is what counts.
func TestCountOtherThanSent(t *testing.T) {
	records := []ClientRecord{
		{ID: "new", Nickname: ptr("N")},
		{ID: "skipped, new", Nickname: ptr("N")},
		{ID: "skipped, the same", Nickname: ptr("N"), AvatarURL: ptr("https://a/")},
		{ID: "skipped, cleared", Nickname: ptr("")},
		{ID: "skipped, old name", Nickname: ptr("N")},
		{ID: "skipped, old avatar", Nickname: ptr("N"), AvatarURL: ptr("https://new/")},
		{ID: "skipped, null", Nickname: ptr("N")},
		{ID: "skipped, nothing sent"},
	}
	withSandbox(t, sandbox.Options{}, func(t *testing.T, s *sandbox.Server, a *API) {
		var skipped []string
		for _, r := range records[1:] {
			skipped = append(skipped, r.ID)
		}
		s.SkipIDs(skipped...)
		s.PutClient("skipped, the same", map[string]any{"nickname": "N", "avatarUrl": "https://a/"})
		s.PutClient("skipped, cleared", map[string]any{"nickname": nil})
		s.PutClient("skipped, old name", map[string]any{"nickname": "O"})
		s.PutClient("skipped, old avatar", map[string]any{"nickname": "N", "avatarUrl": "https://old/"})
		s.PutClient("skipped, null", map[string]any{"nickname": nil})
		s.PutClient("skipped, nothing sent", nil)
		result := a.UpsertClients(t.Context(), records, nil)
		if diff := cmp.Diff(map[RecordStatus][]string{
			RecordDone:    {"new", "skipped, the same", "skipped, cleared", "skipped, nothing sent"},
			RecordRefused: {"skipped, new", "skipped, old name", "skipped, old avatar", "skipped, null"},
		}, statuses(result)); diff != "" {
			t.Error(diff)
		}
		if len(result.Errors) != 1 || !strings.Contains(result.Errors[0].Error(), "the server's count is 1 after 8 records were sent") {
			t.Errorf("errors %v", result.Errors)
		}
		if n := s.Count("", ""); n != 2 {
			t.Errorf("%d calls", n)
		}
	})
}

// A count that is wrong is no error when everything is there.
func TestWrongCount(t *testing.T) {
	for _, count := range []string{"0", "99", "101", "-1"} {
		withSandbox(t, sandbox.Options{}, func(t *testing.T, s *sandbox.Server, a *API) {
			s.Inject(sandbox.Fault{Route: pathBatch, After: true, Body: `{"RC":0,"result":{"count":` + count + `}}`})
			result := a.UpsertClients(t.Context(), numberedRecords(100), nil)
			if len(result.Errors) > 0 || countStatuses(result) != "done 100, refused 0, unknown 0, not sent 0" {
				t.Errorf("%s: %s: %v", count, countStatuses(result), result.Errors)
			}
		})
	}
}

// A count that is too high hides nothing.
func TestCountTooHigh(t *testing.T) {
	withSandbox(t, sandbox.Options{}, func(t *testing.T, s *sandbox.Server, a *API) {
		s.SkipIDs("client-042")
		s.Inject(sandbox.Fault{Route: pathBatch, After: true, Body: `{"RC":0,"result":{"count":101}}`})
		result := a.UpsertClients(t.Context(), numberedRecords(100), nil)
		if bad := statuses(result)[RecordRefused]; len(bad) != 1 || bad[0] != "client-042" {
			t.Errorf("%s: %v", countStatuses(result), result.Errors)
		}
	})
}

// Where it cannot be seen what the server has, that is what the result says.
func TestCountThatCannotBeChecked(t *testing.T) {
	for name, tc := range map[string]struct {
		opts  sandbox.Options
		fault sandbox.Fault
		want  string
		says  string
	}{
		"few fields": {sandbox.Options{LookupFields: []string{"avatarUrl"}}, sandbox.Fault{Status: 500, Times: 1},
			"done 0, refused 2, unknown 1, not sent 0", "does not show"},
		"no route": {sandbox.Options{NoLookupRoute: true}, sandbox.Fault{Status: 500, Times: 1},
			"done 0, refused 0, unknown 3, not sent 0", "HTTP 404"},
		"failure": {sandbox.Options{}, sandbox.Fault{Status: 500, Route: pathClients, Method: http.MethodGet},
			"done 0, refused 0, unknown 3, not sent 0", "HTTP 500"},
	} {
		t.Run(name, func(t *testing.T) {
			withSandbox(t, tc.opts, func(t *testing.T, s *sandbox.Server, a *API) {
				s.SkipIDs("b", "c")
				s.PutClient("c", map[string]any{"nickname": "C", "avatarUrl": "https://old/"})
				s.Inject(tc.fault)
				result := a.UpsertClients(t.Context(), []ClientRecord{{ID: "a", Nickname: ptr("A")}, {ID: "b"}, {ID: "c", Nickname: ptr("C"), AvatarURL: ptr("https://new/")}}, nil)
				if got := countStatuses(result); got != tc.want {
					t.Errorf("%s, want %s", got, tc.want)
				}
				if err := failure(t, result.Records[0].Err); !strings.Contains(err.Error(), tc.says) || !strings.Contains(err.Error(), "count is 1 after 3") {
					t.Error(err)
				}
			})
		})
	}
}

// A batch may be refused for one record and leave out another.
func TestRefusedAndSkipped(t *testing.T) {
	withSandbox(t, sandbox.Options{}, func(t *testing.T, s *sandbox.Server, a *API) {
		s.RefuseIDs("client-007")
		s.SkipIDs("client-006", "client-090")
		result := a.UpsertClients(t.Context(), numberedRecords(100), nil)
		if diff := cmp.Diff([]string{"client-006", "client-007", "client-090"}, statuses(result)[RecordRefused]); diff != "" {
			t.Error(diff)
		}
		if len(s.ClientIDs()) != 97 || len(result.Errors) != 3 {
			t.Errorf("%d clients, errors %v", len(s.ClientIDs()), result.Errors)
		}
	})
}

// What is stored although the answer never came is found by a look-up.
func TestAnswerThatNeverCame(t *testing.T) {
	lookUp := sandbox.Fault{Method: http.MethodGet, Route: pathClients, Status: 500}
	for name, tc := range map[string]struct {
		opts   sandbox.Options
		faults []sandbox.Fault
		want   string
	}{
		"done":          {sandbox.Options{}, nil, "done 200, refused 0, unknown 0, not sent 0"},
		"few fields":    {sandbox.Options{LookupFields: []string{"avatarUrl"}}, nil, "done 0, refused 0, unknown 200, not sent 0"},
		"no look-up":    {sandbox.Options{}, []sandbox.Fault{lookUp}, "done 0, refused 0, unknown 200, not sent 0"},
		"not done":      {sandbox.Options{}, []sandbox.Fault{{Method: http.MethodPost, Status: 500}}, "done 0, refused 0, unknown 200, not sent 0"},
		"done in parts": {sandbox.Options{}, []sandbox.Fault{{Method: http.MethodPost, Status: 500, Skip: 1}}, "done 100, refused 0, unknown 100, not sent 0"},
	} {
		t.Run(name, func(t *testing.T) {
			withSandbox(t, tc.opts, func(t *testing.T, s *sandbox.Server, a *API) {
				for _, f := range append(tc.faults, sandbox.Fault{Route: pathBatch, After: true, Status: 500}) {
					s.Inject(f)
				}
				var last BatchProgress
				result := a.UpsertClients(t.Context(), numberedRecords(200), func(p BatchProgress) { last = p })
				if got := countStatuses(result); got != tc.want {
					t.Errorf("%s, want %s", got, tc.want)
				}
				done := len(statuses(result)[RecordDone])
				if last.Done != done || last.Failed != 200-done || (len(result.Errors) > 0) != (done < 200) {
					t.Errorf("progress %+v, errors %v", last, result.Errors)
				}
			})
		})
	}
}
