package sandbox

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"time"
)

// issue makes a new token for a client.
func (s *Server) issue(c *client) *token {
	now := s.now()
	expires := now.Add(s.opts.TokenLifetime).Truncate(time.Millisecond)
	value := rand.Text()
	if !s.opts.OpaqueTokens {
		claims := map[string]any{"id": c.id, "iat": now.Unix(), "exp": expires.Unix(), "jti": value}
		if nickname, ok := c.fields["nickname"].(string); ok {
			claims["nickname"] = nickname
		}
		value = signJWT(s.secret, claims)
	}
	return s.bind(c.id, value, expires)
}

// signJWT makes a JSON Web Token, signed with HMAC SHA-256.
func signJWT(secret []byte, claims map[string]any) string {
	payload, err := json.Marshal(claims)
	if err != nil {
		panic("sandbox: claims cannot be encoded: " + err.Error())
	}
	encode := base64.RawURLEncoding.EncodeToString
	signed := encode([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + encode(payload)
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(signed))
	return signed + "." + encode(mac.Sum(nil))
}
