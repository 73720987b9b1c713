package imkit_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

// Nothing that holds a token shows it, however it is printed.
func TestValuesShowNoSecrets(t *testing.T) {
	t.Parallel()
	token := imkit.NewSecret(oddToken)
	type hidden struct{ token imkit.Secret }
	for name, v := range map[string]any{
		"token":      token,
		"pointer":    &token,
		"grant":      imkit.Grant{Token: token},
		"in a map":   map[string]any{"t": token},
		"in a slice": []imkit.Secret{token},
		"unexported": hidden{token},
	} {
		text := everyFormat(v)
		checkNoSecret(t, name, text)
		var logged strings.Builder
		slog.New(slog.NewTextHandler(&logged, nil)).Info("x", "v", v)
		slog.New(slog.NewJSONHandler(&logged, nil)).Info("x", "v", v)
		checkNoSecret(t, name+" logged", logged.String())
	}
	if got := fmt.Sprintf("%v %+v %#v %s", token, token, token, token); got != strings.Repeat(redacted+" ", 3)+redacted {
		t.Errorf("a token prints as %s", got)
	}
}

// Nor can it be encoded, alone or within something else: only [imkit.Secret.Reveal] puts
// it where it belongs.
func TestSecretsAreNotEncoded(t *testing.T) {
	t.Parallel()
	secret := imkit.NewSecret(oddToken)
	for name, v := range map[string]any{
		"a secret": secret, "none": imkit.Secret{}, "a grant": imkit.Grant{Token: secret}, "a key of a map": map[imkit.Secret]int{secret: 1},
		"settings": imkit.RoomSettings{Webhook: &secret}, "a config": struct{ Key imkit.Secret }{secret},
	} {
		if encoded, err := json.Marshal(v); err == nil {
			t.Errorf("%s is encoded: %s", name, encoded)
		}
	}
}

// What has the keys in it shows none, also once it was used.
func TestAPIShowsNoKeys(t *testing.T) {
	t.Parallel()
	s := &server{URL: "http://imkit.test", Transport: roundTripper(func(*http.Request) (*http.Response, error) { return nil, errors.New("no route to host") })}
	var cfg imkit.Config
	a := s.api(t, func(c *imkit.Config) { cfg = *c })
	if err := bind(t.Context(), a); err == nil {
		t.Error("no error")
	}
	for name, v := range map[string]any{"the API": a, "its settings": cfg, "a pointer to them": &cfg} {
		checkNoSecret(t, name, everyFormat(v))
	}
}

func TestSecret(t *testing.T) {
	t.Parallel()
	none, x, y := imkit.Secret{}, imkit.NewSecret("x"), imkit.NewSecret("y")
	if x.Reveal() != "x" || x.IsZero() || !x.Equal(imkit.NewSecret("x")) || x.Equal(y) || x.Equal(none) || !none.Equal(imkit.NewSecret("")) {
		t.Error("secrets are equal when their values are")
	}
	if none.Reveal() != "" || !none.IsZero() || !imkit.NewSecret("").IsZero() {
		t.Error("the zero Secret has no value")
	}
}

const hookURL = "https://hooks.example.com/s3cr3t/x?y=1&z=é"

// A webhook shows in nothing that holds it.
func TestWebhooksDoNotShow(t *testing.T) {
	t.Parallel()
	w := imkit.NewSecret(hookURL)
	room := &imkit.Room{ID: "r", Webhook: reported(w)}
	type hides struct{ w imkit.Secret }
	for name, v := range map[string]any{
		"webhook": w, "pointer": &w, "room": *room, "room pointer": room, "field": room.Webhook,
		"settings": imkit.RoomSettings{Webhook: &w}, "unexported": hides{w},
	} {
		if text := everyFormat(v); strings.Contains(text, "s3cr3t") {
			t.Errorf("%s shows it: %s", name, text)
		}
	}
	if w.Reveal() != hookURL || !w.Equal(imkit.NewSecret(hookURL)) || w.Equal(imkit.NewSecret("")) {
		t.Error("the value can be had and compared")
	}
}
