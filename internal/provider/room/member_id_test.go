package room

import "testing"

func TestParseMemberID(t *testing.T) {
	t.Parallel()
	for id, want := range map[string][2]string{
		"lobby/robot":         {"lobby", "robot"},
		"a%2Fb/c%20d":         {"a/b", "c d"},
		"a%2fb/%63":           {"a/b", "c"},
		"a b/ü":               {"a b", "ü"},
		"50%25/+":             {"50%", "+"},
		"../.":                {"..", "."},
		"%E7%94%A8/%F0%9F%A4": {"", ""},
		"lobby":               {"", ""},
		"":                    {"", ""},
		"/":                   {"", ""},
		"lobby/":              {"", ""},
		"a/b/c":               {"", ""},
		"50%/a":               {"", ""},
		"a/%zz":               {"", ""},
	} {
		room, client, err := parseMemberID(id)
		if got := [2]string{room, client}; err == nil && got != want || (err == nil) != (want[0] != "") {
			t.Errorf("%q is %q, want %q: %v", id, got, want, err)
		}
	}
}
