package imkit

import (
	"errors"
	"unicode/utf8"
)

// Webhook is the key or the URL of what gets a room's events, which may hold a
// secret. However it is printed, logged or encoded, it shows "(redacted)";
// [Webhook.Reveal] gives the value. An empty one means that there is none.
type Webhook struct{ secret }

// NewWebhook makes a Webhook of a value, which must be valid UTF-8. The error
// does not repeat it.
func NewWebhook(s string) (Webhook, error) {
	if !utf8.ValidString(s) {
		return Webhook{}, errors.New("the webhook is not valid UTF-8")
	}
	return Webhook{secret{&s}}, nil
}

// Equal reports whether both have the same value. Do not compare with ==.
func (w Webhook) Equal(v Webhook) bool { return w.equal(v.secret) }
