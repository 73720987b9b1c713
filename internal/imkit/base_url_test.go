package imkit_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

func TestParseBaseURL(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		raw       string
		allowHTTP bool
		want      string // "" for an error
	}{
		{"https://app.imkit.io", false, "https://app.imkit.io"},
		{"https://app.imkit.io/", false, "https://app.imkit.io"},
		{"HTTPS://app.imkit.io:8443/chat//", false, "https://app.imkit.io:8443/chat"},
		{"https://app.imkit.io/a%2Fb/", false, "https://app.imkit.io/a%2Fb"},
		{"https://app.imkit.io/b%2F", false, "https://app.imkit.io/b%2F"},
		{"http://localhost:3100", false, "http://localhost:3100"},
		{"http://LocalHost", false, "http://localhost"},
		{"https://Chat.Example.COM:8443/Chat", false, "https://chat.example.com:8443/Chat"},
		{"http://localhost.", false, ""}, // which DNS may be asked for
		{"http://127.8.9.1:80", false, "http://127.8.9.1:80"},
		{"http://[::1]:3100", false, "http://[::1]:3100"},
		{"http://chat.example.com", true, "http://chat.example.com"},
		{"http://chat.example.com", false, ""},
		{"http://localhost.example.com", false, ""},
		{"http://128.0.0.1", false, ""},
		{"", false, ""},
		{"app.imkit.io", false, ""},
		{"//app.imkit.io", false, ""},
		{"/admin", false, ""},
		{"ftp://app.imkit.io", true, ""},
		{"https:app.imkit.io", false, ""},
		{"https://", false, ""},
		{"https://:443", false, ""},
		{"https://app.imkit.io:0", false, ""},
		{"https://app.imkit.io:70000", false, ""},
		{"https://app.imkit.io:port", false, ""},
		{"https://SECRET@app.imkit.io", false, ""},
		{"https://user:SECRET@app.imkit.io", false, ""},
		{"http://user:SECRET@localhost", false, ""},
		{"https://app.imkit.io?key=SECRET", false, ""},
		{"https://app.imkit.io?", false, ""},
		{"https://app.imkit.io/#", false, ""},
		{"https://app.imkit.io#SECRET", false, ""},
		{"https://user:SECRET@app.imkit.io\n", false, ""},
		{"https://user:SECRET@app.imkit.io:port", false, ""},
		{"https://app.imkit.io/%zz?SECRET", false, ""},
		{"https://app.imkit.io/" + strings.Repeat("a", 600), false, ""},
	} {
		got, err := imkit.ParseBaseURL(tc.raw, tc.allowHTTP)
		switch {
		case err != nil && tc.want != "":
			t.Errorf("ParseBaseURL(%q): %v", tc.raw, err)
		case err != nil && strings.Contains(err.Error(), "SECRET"):
			t.Errorf("ParseBaseURL(%q): the error shows a secret: %v", tc.raw, err)
		case err == nil && got.String() != tc.want:
			t.Errorf("ParseBaseURL(%q) = %q, want %q", tc.raw, got, tc.want)
		}
	}
}

// What may have been pasted with the URL, or was left out, is named, and the value is not.
func TestParseBaseURLSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"https://private.imkit.io\n":           "a line break, which may have been pasted with it",
		"https://private.imkit.io\r\n":         "a line break, which may have been pasted with it",
		"https://private.imkit.io\nhttps://b":  "a line break, which may have been pasted with it",
		" https://private.imkit.io":            "a space or a tab, which may have been pasted with it",
		"https://private.imkit.io/a b":         "a space or a tab, which may have been pasted with it",
		"https://private.imkit.io\t":           "a space or a tab, which may have been pasted with it",
		"https://private.imkit.io\u00a0":       "a space or a tab, which may have been pasted with it",
		"https://private.imkit.io\x00":         "a control character, which may have been pasted with it",
		"\ufeffhttps://private.imkit.io":       "a control character, which may have been pasted with it",
		"https://private.imkit.io\u200b/chat":  "a control character, which may have been pasted with it",
		`"https://private.imkit.io"`:           "a quotation mark at its start or end, which may have been pasted with it",
		"'https://private.imkit.io":            "a quotation mark at its start or end, which may have been pasted with it",
		"“https://private.imkit.io”":           "a quotation mark at its start or end, which may have been pasted with it",
		"private.imkit.io":                     "put https:// in front",
		"private.imkit.io:8443/chat":           "put https:// in front",
		"//private.imkit.io":                   "put https:// in front",
		"127.0.0.1:3100/private":               "put https:// in front",
		"https://app.imkit.io/?redirect=http:": "query",
		"ftp://private.imkit.io":               "must be absolute and start with https://",
	} {
		_, err := imkit.ParseBaseURL(raw, true)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "private") {
			t.Errorf("ParseBaseURL(%q): %v, want %q", raw, err, want)
		}
	}
	if _, err := imkit.ParseBaseURL("https://app.imkit.io/o'brien", false); err != nil {
		t.Errorf("a quotation mark inside of the path: %v", err)
	}
}

func TestNewChecksItsSettings(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*imkit.Config){
		"no base URL":      func(c *imkit.Config) { c.BaseURL = nil },
		"no key":           func(c *imkit.Config) { c.APIKey = imkit.NewSecret("") },
		"key with newline": func(c *imkit.Config) { c.APIKey = imkit.NewSecret("SECRET\n") },
		"key with a space": func(c *imkit.Config) { c.APIKey = imkit.NewSecret(" SECRET") },
		"key beyond ASCII": func(c *imkit.Config) { c.APIKey = imkit.NewSecret("SECRETé") },
		"client key":       func(c *imkit.Config) { c.ClientKey = imkit.NewSecret("SECRET\x00") },
	} {
		cfg := imkit.Config{BaseURL: &url.URL{Scheme: "http", Host: "localhost"}, APIKey: imkit.NewSecret(apiKey)}
		change(&cfg)
		_, err := imkit.New(cfg)
		if err == nil {
			t.Errorf("%s: no error", name)
		} else if strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%s: the error shows a secret: %v", name, err)
		}
	}
}
