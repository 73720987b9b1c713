package imkit

import (
	"encoding/json"
	"errors"
	"math"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// ErrNotJWT is the error of [DecodeToken] for anything but a JWT.
var ErrNotJWT = errors.New("the token is not a JWT")

// Claims is what a JWT says about itself. Nothing of it is verified. A claim
// that is absent, or of another type than expected, is nil. Times are UTC.
type Claims struct {
	// ClientID and Nickname are the claims "id" and "nickname".
	ClientID, Nickname *string
	// IssuedAt and ExpiresAt are the claims "iat" and "exp".
	IssuedAt, ExpiresAt *time.Time
}

// DecodeToken reads the claims of a JWT without verifying it. It calls
// nothing. The only error is [ErrNotJWT], which does not repeat the token.
func DecodeToken(s string) (Claims, error) {
	values := jwt.MapClaims{}
	_, _, err := jwt.NewParser(jwt.WithJSONNumber()).ParseUnverified(s, values)
	// A signature of an unknown kind does not keep the claims from being read.
	if err != nil && !errors.Is(err, jwt.ErrTokenUnverifiable) {
		return Claims{}, ErrNotJWT
	}
	return Claims{
		ClientID:  fieldOf[string](values, "id").Value,
		Nickname:  fieldOf[string](values, "nickname").Value,
		IssuedAt:  timeClaim(values["iat"]),
		ExpiresAt: timeClaim(values["exp"]),
	}, nil
}

// timeClaim reads seconds since the epoch, with a fraction or without.
func timeClaim(v any) *time.Time {
	n, ok := v.(json.Number)
	if !ok {
		return nil
	}
	seconds, err := n.Float64()
	if err != nil || math.Abs(seconds) > maxEpochMS/1000 {
		return nil
	}
	t := time.UnixMilli(int64(math.Round(seconds * 1000))).UTC()
	if !writable(t) {
		return nil
	}
	return &t
}
