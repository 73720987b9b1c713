package imkit

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// What was ended is told, where the server tells it and no answer got lost.
func TestSignOut(t *testing.T) {
	three := reported(int64(3))
	for name, tc := range map[string]struct {
		answers []http.HandlerFunc
		want    SignedOut
	}{
		"counted":              {[]http.HandlerFunc{sayJSON(200, `{"success":true,"revokedTokens":3}`)}, SignedOut{Tokens: three}},
		"listed":               {[]http.HandlerFunc{sayJSON(200, `{"RC":0,"result":{"data":[{},{},{}]}}`)}, SignedOut{Tokens: three}},
		"not counted":          {[]http.HandlerFunc{sayJSON(200, `{"success":true}`)}, SignedOut{}},
		"no result":            {[]http.HandlerFunc{sayJSON(200, `{"RC":0,"RM":"OK"}`)}, SignedOut{}},
		"none":                 {[]http.HandlerFunc{sayJSON(404, `{"error":"TOKEN_NOT_FOUND"}`)}, SignedOut{NotFound: true}},
		"no such client":       {[]http.HandlerFunc{sayJSON(404, `{"error":"CLIENT_NOT_FOUND"}`)}, SignedOut{NotFound: true}},
		"refused, then done":   {[]http.HandlerFunc{sayJSON(429, `{}`), sayJSON(200, `{"success":true,"revokedTokens":3}`)}, SignedOut{Tokens: three}},
		"lost, then none left": {[]http.HandlerFunc{cut, sayJSON(200, `{"success":true,"revokedTokens":0}`)}, SignedOut{}},
		"lost, then not found": {[]http.HandlerFunc{cut, sayJSON(404, `{"error":"TOKEN_NOT_FOUND"}`)}, SignedOut{}},
	} {
		s := serve(t, inTurn(tc.answers...))
		s.Config.ErrorLog = discardLog()
		got, err := s.api(t).SignOut(t.Context(), "a")
		if diff := cmp.Diff(tc.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v: %s", name, err, diff)
		}
	}
}

func TestSignOutOfTheSandbox(t *testing.T) {
	for _, flat := range []bool{true, false} {
		withSandbox(t, sandbox.Options{KeepTokensOnReissue: true, FlatReplies: flat}, func(t *testing.T, s *sandbox.Server, a *API) {
			s.PutClient("a", nil)
			for _, token := range []string{"one", "two"} {
				s.AddToken("a", token, s.Now().AddDate(1, 0, 0))
			}
			got, err := a.SignOut(t.Context(), "a")
			if err != nil || got.Tokens.Value == nil || *got.Tokens.Value != 2 {
				t.Errorf("%+v, %v", got, err)
			}
			if got, err := a.SignOut(t.Context(), "nobody"); err != nil || !got.NotFound {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
}
