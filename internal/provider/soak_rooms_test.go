package provider_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

// soakRoom is an imkit_room of a soak. Its members are its own, or one of them is an
// imkit_room_member.
type soakRoom struct {
	name, id, title string
	description     string // HCL; "" is not configured
	frozen          bool
	members         []string
	single          string // the client of the imkit_room_member; "" where the room owns its members
}

func (s *soak) newRoom() *soakRoom {
	return &soakRoom{
		name: strings.ReplaceAll(s.fresh("room"), " ", "_"), id: s.fresh("room/of"), title: s.fresh("title"),
		single: pick(s, "", people[0]),
	}
}

func (r *soakRoom) edit(s *soak) string {
	switch s.rand.IntN(6) {
	case 0:
		r.id = s.fresh("room/of")
		return r.name + ": id " + r.id
	case 1:
		r.description = pick(s, "", `""`, tfvalue.HCLString(s.fresh("description")))
		return r.name + ": description " + r.description
	case 2:
		r.frozen = !r.frozen
		return fmt.Sprintf("%s: frozen %t", r.name, r.frozen)
	case 3, 4:
		if r.single != "" {
			r.single = pick(s, people...)
			return r.name + ": member " + r.single
		}
		r.members = people[s.rand.IntN(len(people)):]
		return fmt.Sprintf("%s: members %q", r.name, r.members)
	default:
		r.title = s.fresh("title")
		return r.name + ": " + r.title
	}
}

func (r *soakRoom) config() string {
	more := ""
	if r.description != "" {
		more += "  description = " + r.description + "\n"
	}
	if r.single == "" {
		more += "  member_ids = " + hclList(r.members) + "\n"
	}
	config := fmt.Sprintf("resource \"imkit_room\" %q {\n  id = %s\n  name = %s\n  frozen = %t\n  adopt_existing = true\n%s}\n",
		r.name, tfvalue.HCLString(r.id), tfvalue.HCLString(r.title), r.frozen, more)
	if r.single != "" {
		config += fmt.Sprintf("resource \"imkit_room_member\" %q {\n  room_id = imkit_room.%s.id\n  client_id = %s\n}\n", r.name, r.name, tfvalue.HCLString(r.single))
	}
	return config
}

func (r *soakRoom) editServer(s *soak) string {
	if _, there := s.Room(r.id); !there {
		return r.id + " is not there"
	}
	switch s.rand.IntN(4) {
	case 0:
		s.DeleteRoom(r.id)
		return r.id + " is deleted"
	case 1:
		s.FreezeRoom(r.id)
		return r.id + " is frozen"
	case 2:
		s.RemoveMembers(r.id, pick(s, people...))
		s.AddMembers(r.id, pick(s, people...))
		return r.id + " has other members"
	default:
		s.PutRoom(r.id, map[string]any{"name": s.fresh("drift")})
		return r.id + " is edited"
	}
}

func (r *soakRoom) differs(s *soak) string {
	stored, there := s.Room(r.id)
	members := slices.Sorted(slices.Values(stored.Members))
	right := slices.Equal(members, slices.Sorted(slices.Values(r.members)))
	if r.single != "" {
		right = slices.Contains(members, r.single)
	}
	description, _ := stored.Fields["description"].(string)
	if !there || stored.Fields["name"] != r.title || !right || r.description != "" && tfvalue.HCLString(description) != r.description ||
		(fmt.Sprint(stored.Fields["status"]) == "0") != r.frozen {
		return fmt.Sprintf("room %q on the server is %v with %q, want %q, description %s, frozen %t, members %q or %q",
			r.id, stored.Fields, members, r.title, r.description, r.frozen, r.members, r.single)
	}
	return ""
}
