package provider_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

// soakNoun is an object of a soak beside clients and their tokens.
type soakNoun interface {
	// edit changes what is configured, and says how.
	edit(s *soak) string
	config() string
	// editServer changes what the server has, and says how.
	editServer(s *soak) string
	// differs compares the server with the configuration; "" is no difference.
	differs(s *soak) string
}

// people are the clients that groups have as members. They stay.
var people = []string{"person 1", "person 2", "person 3"}

// addNouns makes what there is beside clients.
func (s *soak) addNouns() {
	for range max(2, *soakResources/10) {
		s.nouns = append(s.nouns, s.newGroup(), s.newKey(), s.newRoom())
	}
	s.keepPeople()
}

func (s *soak) keepPeople() {
	for _, id := range people {
		s.PutClient(id, map[string]any{"nickname": id})
	}
}

// lag is longer than a server may show what there was before.
const lag = 2 * time.Minute

// editNouns does what other people may do to them.
func (s *soak) editNouns() {
	s.Advance(lag)
	for range 1 + len(s.nouns)/10 {
		s.edits++
		s.do("server: %s", pick(s, s.nouns...).editServer(s))
	}
	s.keepPeople()
}

// soakGroup is an imkit_group of a soak.
type soakGroup struct {
	name, id, nickname string
	avatar             string // HCL; "" is not configured
	members            []string
	managed            bool // the members
}

func (s *soak) newGroup() *soakGroup {
	return &soakGroup{name: strings.ReplaceAll(s.fresh("group"), " ", "_"), id: s.fresh("group/of"), nickname: s.fresh("nickname"), managed: true}
}

func (g *soakGroup) edit(s *soak) string {
	switch s.rand.IntN(5) {
	case 0:
		g.id = s.fresh("group/of")
		return g.name + ": id " + g.id
	case 1:
		g.avatar = pick(s, "", `""`, tfvalue.HCLString("https://example.com/"+fmt.Sprint(s.next)))
		return g.name + ": avatar " + g.avatar
	case 2, 3:
		g.managed = s.maybe()
		g.members = people[s.rand.IntN(len(people)):]
		return fmt.Sprintf("%s: members %q, managed %t", g.name, g.members, g.managed)
	default:
		g.nickname = s.fresh("nickname")
		return g.name + ": " + g.nickname
	}
}

func (g *soakGroup) config() string {
	more := ""
	if g.avatar != "" {
		more += "  avatar_url = " + g.avatar + "\n"
	}
	if g.managed {
		more += "  member_ids = " + hclList(g.members) + "\n"
	}
	return fmt.Sprintf("resource \"imkit_group\" %q {\n  id = %s\n  nickname = %s\n  adopt_existing = true\n%s}\n",
		g.name, tfvalue.HCLString(g.id), tfvalue.HCLString(g.nickname), more)
}

func (g *soakGroup) editServer(s *soak) string {
	if s.rand.IntN(3) == 0 {
		s.RemoveGroup(g.id)
		return g.id + " is deleted"
	}
	s.PutGroup(g.id, map[string]any{"nickname": s.fresh("drift"), "members": people[:s.rand.IntN(len(people))]})
	return g.id + " is edited"
}

func (g *soakGroup) differs(s *soak) string {
	stored, there := s.Group(g.id)
	var members []string
	list, _ := stored["members"].([]any)
	for _, id := range list {
		members = append(members, fmt.Sprint(id))
	}
	slices.Sort(members)
	avatar, _ := stored["avatarUrl"].(string)
	if !there || stored["nickname"] != g.nickname || g.managed && !slices.Equal(members, g.members) ||
		g.avatar != "" && tfvalue.HCLString(avatar) != g.avatar {
		return fmt.Sprintf("group %q on the server is %v, want nickname %q, avatar %s, members %q", g.id, stored, g.nickname, g.avatar, g.members)
	}
	return ""
}

// soakKey is an imkit_config of a soak.
type soakKey struct {
	name, key string
	absent    bool
	value     string // HCL, and JSON as well
}

func (s *soak) newKey() *soakKey {
	return &soakKey{name: strings.ReplaceAll(s.fresh("key"), " ", "_"), key: s.fresh("key/of"), value: fmt.Sprintf("[%d]", s.next)}
}

func (k *soakKey) edit(s *soak) string {
	switch s.rand.IntN(5) {
	case 0:
		k.key = s.fresh("key/of")
		return k.name + ": key " + k.key
	case 1:
		k.absent = !k.absent
		return fmt.Sprintf("%s: absent %t", k.name, k.absent)
	default:
		k.value = pick(s, "true", `"text"`, `[null]`, fmt.Sprint(s.next), fmt.Sprintf(`{"n":%d}`, s.next))
		return k.name + ": " + k.value
	}
}

func (k *soakKey) config() string {
	if k.absent {
		return ""
	}
	return fmt.Sprintf("resource \"imkit_config\" %q {\n  key = %s\n  value = jsondecode(%s)\n  adopt_existing = true\n}\n", k.name, tfvalue.HCLString(k.key), tfvalue.HCLString(k.value))
}

func (k *soakKey) editServer(s *soak) string {
	if s.maybe() {
		s.RemoveConfig(k.key)
		return k.key + " is deleted"
	}
	s.PutConfig(k.key, pick[any](s, nil, "drift", s.next))
	return k.key + " is edited"
}

func (k *soakKey) differs(s *soak) string {
	stored, there := s.Server.Config()[k.key]
	encoded, err := json.Marshal(stored)
	if err != nil {
		return err.Error()
	}
	// Of a key that is not configured others may do what they like.
	if !k.absent && (!there || string(encoded) != k.value) {
		return fmt.Sprintf("key %q on the server is %s, want %s", k.key, encoded, k.value)
	}
	return ""
}

func hclList(ids []string) string {
	quoted := make([]string, len(ids))
	for i, id := range ids {
		quoted[i] = tfvalue.HCLString(id)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}
