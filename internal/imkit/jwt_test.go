package imkit_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

func makeJWT(header, claims string) string {
	enc := base64.RawURLEncoding.EncodeToString
	return enc([]byte(header)) + "." + enc([]byte(claims)) + "." + enc([]byte("signature"))
}

func at(s string) *time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return &t
}

func TestDecodeToken(t *testing.T) {
	t.Parallel()
	const hs256 = `{"alg":"HS256","typ":"JWT"}`
	for name, tc := range map[string]struct {
		token string
		want  imkit.Claims
		bad   bool
	}{
		"documented":  {sampleJWT, imkit.Claims{ClientID: new("sss"), Nickname: new("SSS"), IssuedAt: at("2020-06-11T06:15:36Z"), ExpiresAt: at("2020-06-18T06:15:36Z")}, false},
		"no claims":   {makeJWT(hs256, `{}`), imkit.Claims{}, false},
		"null":        {makeJWT(hs256, `null`), imkit.Claims{}, false},
		"wrong types": {makeJWT(hs256, `{"id":5,"nickname":[],"exp":"1592460936","iat":null}`), imkit.Claims{}, false},
		"fractions":   {makeJWT(hs256, `{"exp":1592460936.763}`), imkit.Claims{ExpiresAt: at("2020-06-18T06:15:36.763Z")}, false},
		"exponent":    {makeJWT(hs256, `{"exp":1.592460936e9}`), imkit.Claims{ExpiresAt: at("2020-06-18T06:15:36Z")}, false},
		"epoch":       {makeJWT(hs256, `{"exp":0}`), imkit.Claims{ExpiresAt: at("1970-01-01T00:00:00Z")}, false},
		"last date":   {makeJWT(hs256, `{"exp":253402300799}`), imkit.Claims{ExpiresAt: at("9999-12-31T23:59:59Z")}, false},
		"no dates":    {makeJWT(hs256, `{"exp":1e300,"iat":-1e18}`), imkit.Claims{}, false},
		"too far":     {makeJWT(hs256, `{"exp":253402300800,"iat":1e999}`), imkit.Claims{}, false},
		"unknown alg": {makeJWT(`{"alg":"XY1"}`, `{"id":"a"}`), imkit.Claims{ClientID: new("a")}, false},
		"no alg":      {makeJWT(`{}`, `{"id":"a"}`), imkit.Claims{ClientID: new("a")}, false},
		"empty":       {"", imkit.Claims{}, true},
		"opaque":      {"f7b6d364-1e96-4b1a-aa75-cce93268b101", imkit.Claims{}, true},
		"dots":        {"..", imkit.Claims{}, true},
		"two parts":   {strings.TrimSuffix(sampleJWT, sampleJWT[strings.LastIndex(sampleJWT, "."):]), imkit.Claims{}, true},
		"five parts":  {"a.b.c.d.e", imkit.Claims{}, true},
		"an array":    {makeJWT(hs256, `[]`), imkit.Claims{}, true},
		"cut":         {makeJWT(hs256, `{"id":"a"`), imkit.Claims{}, true},
		"bad header":  {makeJWT(`x`, `{}`), imkit.Claims{}, true},
		"bad base64":  {"eyJ!.e30.x", imkit.Claims{}, true},
		"invalid":     {"\xff.\xff.\xff", imkit.Claims{}, true},
	} {
		got, err := imkit.DecodeToken(tc.token)
		if (err != nil) != tc.bad || err != nil && !errors.Is(err, imkit.ErrNotJWT) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && len(tc.token) > 2 && strings.Contains(err.Error(), tc.token) {
			t.Errorf("%s: the error shows the token", name)
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func FuzzDecodeToken(f *testing.F) {
	f.Add(sampleJWT)
	f.Add("..")
	f.Add("a.b.c.d.e")
	f.Add("f7b6d364-1e96-4b1a-aa75-cce93268b101")
	f.Add(makeJWT(`{"alg":"none"}`, `{"id":"a","exp":1e300,"iat":-1}`))
	f.Add(makeJWT(`{}`, `{"id":{},"nickname":"\ud800","exp":253402300799.9996}`))
	f.Add(makeJWT(`null`, `null`))
	f.Fuzz(func(t *testing.T, s string) {
		claims, err := imkit.DecodeToken(s)
		if err != nil {
			if !errors.Is(err, imkit.ErrNotJWT) || claims != (imkit.Claims{}) {
				t.Errorf("%v, %v", claims, err)
			}
			return
		}
		for _, at := range []*time.Time{claims.IssuedAt, claims.ExpiresAt} {
			if at == nil {
				continue
			}
			if _, err := time.Parse(time.RFC3339Nano, at.Format(time.RFC3339Nano)); err != nil || at.IsZero() {
				t.Errorf("%s: %v", at, err)
			}
		}
	})
}
