package provider_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

// soakClient is an imkit_client of a soak, and its token if it has one.
type soakClient struct {
	name, id              string
	absent, adopt         bool
	nickname, description string // HCL; "" is not configured
	robot, tier           string
	onDestroy             string
	token                 *soakToken
}

func (s *soak) newClient() *soakClient {
	name := strings.ReplaceAll(s.fresh("client"), " ", "_")
	return &soakClient{name: name, id: s.fresh("id/of"), nickname: tfvalue.HCLString(s.fresh("nickname")), onDestroy: "revoke_tokens"}
}

func (c *soakClient) edit(s *soak) string {
	switch s.rand.IntN(8) {
	case 0:
		c.nickname = pick(s, "", tfvalue.HCLString(s.fresh("nickname")))
		return "nickname " + c.nickname
	case 1:
		c.description = pick(s, "", `""`, tfvalue.HCLString(s.fresh("description")))
		return "description " + c.description
	case 2:
		c.robot = pick(s, "", "true", "false")
		return "robot " + c.robot
	case 3, 4:
		c.tier = pick(s, "", `"gold"`, "3", `["a", { b = null }]`)
		return "tier " + c.tier
	case 5:
		c.onDestroy = pick(s, "keep", "revoke_tokens")
		return "on_destroy " + c.onDestroy
	case 6:
		c.id, c.adopt = s.fresh("id/of"), false
		return "id " + c.id
	default:
		c.absent = !c.absent
		c.adopt = true // the record may be there
		return fmt.Sprintf("absent %t", c.absent)
	}
}

func (c *soakClient) config() string {
	if c.absent {
		return ""
	}
	var lines []string
	set := func(name, value string) {
		if value != "" {
			lines = append(lines, "  "+name+" = "+value+"\n")
		}
	}
	set("id", tfvalue.HCLString(c.id))
	set("nickname", c.nickname)
	set("description", c.description)
	set("is_robot", c.robot)
	if c.tier != "" {
		set("custom_attributes", "{ tier = "+c.tier+" }")
	}
	set("adopt_existing", fmt.Sprint(c.adopt))
	set("on_destroy", tfvalue.HCLString(c.onDestroy))
	config := fmt.Sprintf("resource \"imkit_client\" %q {\n%s}\n", c.name, strings.Join(lines, ""))
	if c.token != nil {
		config += c.token.config(c.name)
	}
	return config
}

// soakToken is an imkit_client_token of a soak.
type soakToken struct {
	absent                 bool
	bound                  string // value; "" is issued
	version                int    // of a write-only value; 0 is none
	trigger                int
	renewBefore, onDestroy string
	manual                 bool
}

// freshToken is a value that a token may have.
func (s *soak) freshToken(word string) string { return strings.ReplaceAll(s.fresh(word), " ", "-") }

func (s *soak) newToken() *soakToken {
	return &soakToken{renewBefore: "48h", onDestroy: "revoke", bound: pick(s, "", s.freshToken("bound"))}
}

func (t *soakToken) edit(s *soak) string {
	if t.bound != "" && s.maybe() {
		t.bound = s.freshToken("bound")
		if t.version > 0 {
			t.version = s.next
		}
		return t.bound
	}
	switch s.rand.IntN(8) {
	case 0:
		t.renewBefore = pick(s, "24h", "48h", "72h")
		return "renew_before " + t.renewBefore
	case 1:
		t.onDestroy = pick(s, "keep", "revoke")
		return "on_destroy " + t.onDestroy
	case 2:
		t.trigger++
		return "trigger"
	case 3:
		t.manual = !t.manual
		return fmt.Sprintf("manual %t", t.manual)
	case 4:
		t.absent = !t.absent
		return fmt.Sprintf("absent %t", t.absent)
	case 5:
		t.bound, t.version = "", 0
		return "issued"
	case 6:
		t.bound, t.version = s.freshToken("bound"), 0
		return t.bound
	default:
		t.bound, t.version = s.freshToken("written"), 0
		if s.writeOnly {
			t.version = s.next
		}
		return t.bound
	}
}

func (t *soakToken) config(client string) string {
	if t.absent {
		return ""
	}
	value := ""
	switch {
	case t.version > 0:
		value = fmt.Sprintf("  token_wo = %q\n  token_wo_version = %d\n", t.bound, t.version)
	case t.bound != "":
		value = fmt.Sprintf("  token = %q\n", t.bound)
	}
	return fmt.Sprintf("resource \"imkit_client_token\" %q {\n  client_id = imkit_client.%s.id\n  renew_before = %q\n  on_destroy = %q\n  auto_renew = %t\n  rotation_triggers = { n = \"%d\" }\n%s}\n",
		client, client, t.renewBefore, t.onDestroy, !t.manual, t.trigger, value)
}

// soakBatch is an imkit_client_batch of a soak.
type soakBatch struct {
	name, onDestroy string
	nicknames       map[string]string // HCL by id; "" is not configured
}

func (s *soak) newBatch() *soakBatch {
	b := &soakBatch{name: strings.ReplaceAll(s.fresh("batch"), " ", "_"), onDestroy: "keep", nicknames: map[string]string{}}
	for range 10 + s.rand.IntN(110) {
		b.nicknames[s.fresh("member")] = tfvalue.HCLString(s.fresh("nickname"))
	}
	return b
}

func (b *soakBatch) edit(s *soak) string {
	ids := slices.Sorted(maps.Keys(b.nicknames))
	switch s.rand.IntN(4) {
	case 0:
		b.onDestroy = pick(s, "keep", "revoke_tokens")
		return "on_destroy " + b.onDestroy
	case 1:
		id := s.fresh("member")
		b.nicknames[id] = tfvalue.HCLString(s.fresh("nickname"))
		return "gets " + id
	case 2:
		if len(ids) < 2 {
			return "stays"
		}
		id := pick(s, ids...)
		delete(b.nicknames, id)
		return "loses " + id
	default:
		id := pick(s, ids...)
		b.nicknames[id] = pick(s, "", tfvalue.HCLString(s.fresh("nickname")))
		return "changes " + id
	}
}

func (b *soakBatch) config() string {
	var records strings.Builder
	for _, id := range slices.Sorted(maps.Keys(b.nicknames)) {
		nickname := ""
		if b.nicknames[id] != "" {
			nickname = "nickname = " + b.nicknames[id]
		}
		fmt.Fprintf(&records, "    %q = { %s }\n", id, nickname)
	}
	return fmt.Sprintf("resource \"imkit_client_batch\" %q {\n  on_destroy = %q\n  clients = {\n%s  }\n}\n", b.name, b.onDestroy, &records)
}

// soakedToken is a token in the state.
type soakedToken struct{ client, clientID, onDestroy string }

// tokensInState are the tokens in the state, by value. Write-only ones are not
// there.
func (s *soak) tokensInState() map[string]soakedToken {
	s.t.Helper()
	content, err := os.ReadFile(filepath.Join(s.cli.Dir, "terraform.tfstate"))
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(content) == 0 { // nothing was ever made; locking makes the file
		return nil
	}
	if err != nil {
		s.t.Fatal(err)
	}
	var state struct {
		Resources []struct {
			Type      string `json:"type"`
			Name      string `json:"name"`
			Instances []struct {
				Attributes struct {
					Token     string `json:"token"`
					ClientID  string `json:"client_id"`
					OnDestroy string `json:"on_destroy"`
				} `json:"attributes"`
			} `json:"instances"`
		} `json:"resources"`
	}
	if err := json.Unmarshal(content, &state); err != nil {
		s.t.Fatal(err)
	}
	tokens := map[string]soakedToken{}
	for _, r := range state.Resources {
		for _, i := range r.Instances {
			if r.Type == "imkit_client_token" && i.Attributes.Token != "" {
				tokens[i.Attributes.Token] = soakedToken{r.Name, i.Attributes.ClientID, i.Attributes.OnDestroy}
			}
		}
	}
	return tokens
}

// noteTokens remembers what is in the state, for compare.
func (s *soak) noteTokens() { maps.Copy(s.tokens, s.tokensInState()) }

// compare compares the server with the configuration, and its tokens with those
// that are, and were, in the state.
func (s *soak) compare() {
	s.t.Helper()
	expect := func(id, field, want string) {
		s.t.Helper()
		stored, there := s.Client(id)
		var wanted any
		if want != "" && json.Unmarshal([]byte(want), &wanted) != nil {
			s.t.Fatalf("%s is not JSON", want)
		}
		if !there || want != "" && fmt.Sprint(stored[field]) != fmt.Sprint(wanted) {
			s.t.Errorf("client %q on the server is %v, want %s = %s", id, stored, field, want)
		}
	}
	present := map[string]*soakToken{}
	for _, c := range s.clients {
		if c.absent {
			continue
		}
		expect(c.id, "nickname", c.nickname)
		expect(c.id, "description", c.description)
		expect(c.id, "isRobot", c.robot)
		expect(c.id, "tier", strings.ReplaceAll(c.tier, "b = null", `"b":null`))
		if c.token != nil && !c.token.absent {
			present[c.name] = c.token
		}
	}
	for _, b := range s.batches {
		for id, nickname := range b.nicknames {
			expect(id, "nickname", nickname)
		}
	}

	for _, n := range s.nouns {
		if difference := n.differs(s); difference != "" {
			s.t.Error(difference)
		}
	}

	tokens := s.tokensInState()
	for value, token := range tokens {
		if configured := present[token.client]; !s.unclear && configured.bound == "" && !configured.manual && !slices.Contains(s.LiveTokens(token.clientID), value) {
			s.t.Errorf("the token of %s is not alive", token.client)
		}
	}
	for value, was := range s.tokens {
		now := present[was.client]
		kept := was.onDestroy == "keep" || now != nil && now.onDestroy == "keep"
		if _, there := tokens[value]; !there && !kept && slices.Contains(s.LiveTokens(was.clientID), value) {
			s.t.Errorf("a token that %s had is still alive: %s", was.client, value)
		}
	}
	s.tokens = tokens
}
