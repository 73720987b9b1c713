package room

import (
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

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

// FuzzMemberID makes ids of any two ids, which come back as they were and are no
// other two's, and takes any id apart.
func FuzzMemberID(f *testing.F) {
	for _, seed := range [][3]string{{"lobby", "robot", "a/b/c"}, {"a/b", "%2F", "50%/x"}, {"..", " ", "%2e%2E/+"}, {"用戶", "🤖\n", "a%2fb/c"}} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, room, client, other string) {
		if imkit.CheckRoomID(room) == nil && imkit.CheckID(client) == nil {
			gotRoom, gotClient, err := parseMemberID(memberID(room, client))
			if err != nil || gotRoom != room || gotClient != client {
				t.Errorf("room %q and client %q came back as %q and %q: %v", room, client, gotRoom, gotClient, err)
			}
		}
		room, client, err := parseMemberID(other)
		if err != nil {
			return
		}
		if room == "" || client == "" {
			t.Errorf("%q has an empty part", other)
		}
		again, member, err := parseMemberID(memberID(room, client))
		if err != nil || again != room || member != client {
			t.Errorf("%q is not the same the second time: %v", other, err)
		}
	})
}
