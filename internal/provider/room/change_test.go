package room

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

func ids(list string) types.Set { return tfvalue.StringSet(strings.Fields(list)) }

func many(list string) tfvalue.LargeSet { return tfvalue.NewLargeSet(strings.Fields(list)) }

func reported[T any](v T) imkit.Field[T] { return imkit.Field[T]{Reported: true, Value: &v} }

func listing(members string) *imkit.Room {
	var list []imkit.Member
	for id := range strings.FieldsSeq(members) {
		list = append(list, imkit.Member{ID: id})
	}
	return &imkit.Room{ID: "r", Members: reported(list)}
}

// model is a room model with some attributes.
func model(set ...func(*roomModel)) roomModel {
	m := nothingKnown()
	for _, s := range set {
		s(&m)
	}
	return m
}

func name(s string) func(*roomModel)     { return func(m *roomModel) { m.Name = types.StringValue(s) } }
func owner(s string) func(*roomModel)    { return func(m *roomModel) { m.OwnerID = types.StringValue(s) } }
func members(s string) func(*roomModel)  { return func(m *roomModel) { m.MemberIDs = many(s) } }
func managers(s string) func(*roomModel) { return func(m *roomModel) { m.ManagerIDs = ids(s) } }
func frozen(b bool) func(*roomModel)     { return func(m *roomModel) { m.Frozen = types.BoolValue(b) } }
func open(b bool) func(*roomModel)       { return func(m *roomModel) { m.Open = types.BoolValue(b) } }

// unlike is a room that has none of these settings.
func unlike(s imkit.RoomSettings) *imkit.Room {
	text, not := reported("other"), func(sent *bool) imkit.Field[bool] { return reported(sent == nil || !*sent) }
	list := reported([]string{"other"})
	return &imkit.Room{
		Name: text, Cover: text, Description: text, ExtParams: text, Owner: text, Tags: list, Managers: list,
		Webhook: reported(imkit.NewSecret("other")), BotMode: not(s.BotMode), Open: not(s.Open), Frozen: not(s.Frozen),
	}
}

// words says what a step does.
func (s step) words() string {
	sends := strings.Join(altered(s.settings, unlike(s.settings)), " ")
	switch s.action {
	case create:
		return strings.TrimRight(fmt.Sprintf("create %s with %s", sends, strings.Join(s.members, " ")), " ")
	case set:
		return "set " + sends
	case add:
		return "add " + strings.Join(s.members, " ")
	case remove:
		return "remove " + strings.Join(s.members, " ")
	default:
		return "look"
	}
}

// stepsOf plays a server that does all it is told, and says what it was told. The
// server lists these members when it is asked for them, and in replies to changes
// of settings where it says so. It only invites the others.
func stepsOf(t *testing.T, plan, config roomModel, p progress, lists string, inReplies bool, invites string) []string {
	t.Helper()
	p.plan, p.config = plan, config
	var told []string
	var diags diag.Diagnostics
	err := p.steps(func(s step) error {
		told = append(told, s.words())
		switch s.action {
		case create:
			sent := s.settings
			sent.Open, sent.Frozen, sent.Managers = nil, nil, nil
			p.there = true
			p.sent(sent, &imkit.Room{}, &diags)
			p.joined(s.members)
		case look:
			if lists != "" {
				p.reported(listing(lists))
			}
		case set:
			reply := &imkit.Room{}
			if inReplies {
				reply = listing(lists)
			}
			p.sent(s.settings, reply, &diags)
		case add:
			p.joined(without(s.members, strings.Fields(invites)))
			p.invited = without(s.members, p.known.MemberIDs.Strings())
		case remove:
			return p.removed(s.members, nil)
		}
		return nil
	})
	if err != nil || len(diags) > 0 {
		t.Error(err, diags)
	}
	return told
}

func TestSteps(t *testing.T) {
	t.Parallel()
	manyIDs := func(from, to int) string {
		var list []string
		for i := from; i < to; i++ {
			list = append(list, fmt.Sprintf("m%03d", i))
		}
		return strings.Join(list, " ")
	}
	absent := progress{known: nothingKnown()}
	there := func(set ...func(*roomModel)) progress { return progress{there: true, known: model(set...)} }
	for title, c := range map[string]struct {
		plan      roomModel // and configuration
		from      progress
		lists     string
		inReplies bool
		invites   string
		want      []string
	}{
		"a new one without anything":    {plan: model(), from: absent, want: []string{"create  with", "look"}},
		"what creating takes":           {plan: model(name("N"), owner("o"), members("a b")), from: absent, want: []string{"create name owner_id with a b", "look"}},
		"what creating does not take":   {plan: model(name("N"), open(false), managers("m")), from: absent, want: []string{"create manager_ids name open with", "set manager_ids open", "look"}},
		"frozen at the very end":        {plan: model(frozen(true), members(manyIDs(0, 150))), from: absent, want: []string{"create frozen with " + manyIDs(0, 100), "add " + manyIDs(100, 150), "set frozen", "look"}},
		"managers once they are there":  {plan: model(managers("m"), members(manyIDs(0, 101))), from: absent, want: []string{"create manager_ids with " + manyIDs(0, 100), "add m100", "set manager_ids", "look"}},
		"nothing changes":               {plan: model(name("N"), members("a")), from: there(name("N"), members("a"))},
		"one setting":                   {plan: model(name("N"), open(true)), from: there(name("M"), open(true)), want: []string{"set name"}},
		"come, be named, go":            {plan: model(owner("c"), members("b c")), from: there(owner("a"), members("a b")), want: []string{"add c", "set owner_id", "remove a"}},
		"thawed first":                  {plan: model(frozen(false), name("N"), members("b")), from: there(frozen(true), members("a")), want: []string{"set frozen name", "add b", "remove a"}},
		"frozen last":                   {plan: model(frozen(true), name("N"), members("b")), from: there(frozen(false), members("a")), want: []string{"add b", "set name", "remove a", "set frozen"}},
		"frozen, and nobody goes":       {plan: model(frozen(true), name("N"), members("a b")), from: there(frozen(false), members("a")), want: []string{"add b", "set frozen name"}},
		"everybody":                     {plan: model(members("")), from: there(members("a b")), want: []string{"remove a b"}},
		"the owner stays":               {plan: model(members("b")), from: there(owner("o"), members("a b o")), want: []string{"remove a"}},
		"the owner may be configured":   {plan: model(owner("o"), members("b o")), from: there(owner("o"), members("b")), want: []string{"add o"}},
		"the former owner goes":         {plan: model(owner("n"), members("b")), from: there(owner("o"), members("b")), want: []string{"set owner_id", "remove o"}},
		"the former owner is not in it": {plan: model(owner("n"), members("b")), from: there(owner("o"), members("b")), lists: "b n", inReplies: true, want: []string{"set owner_id"}},
		"the former owner is in it":     {plan: model(owner("n"), members("b")), from: there(owner("o"), members("b")), lists: "b o n", inReplies: true, want: []string{"set owner_id", "remove o"}},
		"the former owner is a member":  {plan: model(owner("n"), members("b o")), from: there(owner("o"), members("b o")), want: []string{"set owner_id"}},
		"others who came meanwhile":     {plan: model(name("N"), members("b")), from: there(name("M"), members("b")), lists: "b stranger", inReplies: true, want: []string{"set name"}},
		"members nobody knows":          {plan: model(members("a b")), from: there(), lists: "b c", want: []string{"look", "add a", "remove c"}},
		"members nobody tells":          {plan: model(members("a b")), from: there(), want: []string{"look", "add a b"}},
		"members that a reply tells":    {plan: model(frozen(false), members("a b")), from: there(frozen(true)), lists: "b c", inReplies: true, want: []string{"set frozen", "add a", "remove c"}},
		"invited, named last":           {plan: model(name("N"), managers("c"), members("b c")), from: there(managers(""), members("a b")), invites: "c", want: []string{"add c", "set name", "set manager_ids", "remove a"}},
		"invited, and frozen":           {plan: model(owner("b"), managers("c"), members("b c"), frozen(true)), from: there(owner("a"), managers(""), members("a b")), invites: "c", want: []string{"add c", "set owner_id", "set manager_ids", "remove a", "set frozen"}},
		"another owner, and frozen":     {plan: model(owner("b"), name("N"), members("b"), frozen(true)), from: there(owner("a"), members("a b")), want: []string{"set name owner_id", "remove a", "set frozen"}},
		"thawed, to name somebody":      {plan: model(frozen(false), name("N"), managers("b"), members("b")), from: there(frozen(true), managers(""), members("a")), want: []string{"set frozen", "add b", "set manager_ids name", "remove a"}},
		"not known and configured":      {plan: model(name("N"), open(true)), from: there(), want: []string{"set name open"}},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, stepsOf(t, c.plan, c.plan, c.from, c.lists, c.inReplies, c.invites)); diff != "" {
				t.Error(diff)
			}
		})
	}
	t.Run("what is not configured", func(t *testing.T) {
		t.Parallel()
		plan := model(name("N"), owner("o"), members("a"), managers("m"), frozen(true), open(true))
		if told := stepsOf(t, plan, nothingKnown(), there(name("M"), members("b")), "x", true, ""); len(told) > 0 {
			t.Errorf("it is sent: %q", told)
		}
	})
}

// What is known of a room after a call about members that failed for some of them.
func TestMembersAfterAFailure(t *testing.T) {
	t.Parallel()
	failing := func(problem imkit.MemberProblem, list string) map[string]error {
		failed := map[string]error{}
		for id := range strings.FieldsSeq(list) {
			failed[id] = &imkit.MembersError{Problem: problem, IDs: []string{id}}
		}
		return failed
	}
	outage := map[string]error{"c": http.ErrHandlerTimeout, "o": http.ErrHandlerTimeout}
	for title, c := range map[string]struct {
		failed         map[string]error
		known, invited string
		names          string // in the error
	}{
		"all done":              {nil, "a b c o", "", ""},
		"some reason":           {outage, "a b", "", http.ErrHandlerTimeout.Error()},
		"one does not exist":    {failing(imkit.MemberUnknown, "c"), "a b o", "", `"c"`},
		"two are refused":       {failing(imkit.MemberRefused, "c o"), "a b", "", ""}, // and said in the end
		"one is invited":        {failing(imkit.MemberInvited, "c"), "a b o", "c", ""},
		"one is not in it":      {failing(imkit.MemberAbsent, "c"), "a b o", "", `"c"`},
		"the owner is unlisted": {failing(imkit.MemberAbsent, "o"), "a b c o", "", ""},
		"the owner is invited":  {failing(imkit.MemberInvited, "o"), "a b c o", "", ""},
	} {
		p := progress{known: model(owner("o"), members("a b"))}
		err := p.added([]string{"c", "o"}, c.failed)
		if got := strings.Join(slices.Sorted(slices.Values(p.known.MemberIDs.Strings())), " "); got != c.known || strings.Join(p.invited, " ") != c.invited {
			t.Errorf("%s: added %s, invited %s", title, got, p.invited)
		}
		if (err != nil) != (c.names != "") || err != nil && !strings.Contains(err.Error(), c.names) {
			t.Errorf("%s: %v", title, err)
		}
	}
	for left, failed := range map[string]map[string]error{
		"a": nil, "a b c": {"b": http.ErrHandlerTimeout, "c": http.ErrHandlerTimeout}, "a c": failing(imkit.MemberStays, "c"),
	} {
		p := progress{known: model(members("a b c"))}
		err := p.removed([]string{"b", "c"}, failed)
		if got := strings.Join(p.known.MemberIDs.Strings(), " "); got != left || (err != nil) != (failed != nil) {
			t.Errorf("removed: in it are %s, want %s: %v", got, left, err)
		}
	}
}

func TestBeginning(t *testing.T) {
	t.Parallel()
	for exists, cases := range map[bool]map[string]string{
		false: {"": "create", "released": "create", "adopt": "create", "released adopt": "create"},
		true:  {"": "", "released": "replace", "adopt": "take over", "released adopt": "replace"},
	} {
		var existing *imkit.Room
		if exists {
			existing = &imkit.Room{ID: "r"}
		}
		for when, want := range cases {
			got, refusal := begin("r", existing, nil, strings.Contains(when, "released"), strings.Contains(when, "adopt"))
			if got != want || (refusal != nil) != (want == "") {
				t.Errorf("exists %t, %q: %q, want %q; %v", exists, when, got, want, refusal)
			}
		}
	}
}

func TestLeftBehindIsNeverDeleted(t *testing.T) {
	t.Parallel()
	for onDestroy, want := range map[string][2]string{
		onDestroyFreeze: {onDestroyFreeze, onDestroyThaw},
		onDestroyDelete: {onDestroyFreeze, onDestroyThaw},
		onDestroyKeep:   {onDestroyKeep, onDestroyThaw},
	} {
		if got := [2]string{leftBehind(onDestroy, false), leftBehind(onDestroy, true)}; got != want {
			t.Errorf("%s: %q, want %q", onDestroy, got, want)
		}
	}
}

func TestOwnerIsInTheStateAsBefore(t *testing.T) {
	t.Parallel()
	for title, c := range map[string]struct {
		known       tfvalue.LargeSet
		owner       string
		lists, want string
	}{
		"imported":             {tfvalue.NullLargeSet(), "o", "a o", "a o"},
		"not in it, listed":    {many("a"), "o", "a o", "a"},
		"in it, listed":        {many("a o"), "o", "a o", "a o"},
		"in it, not listed":    {many("a o"), "o", "a", "a o"},
		"others come and go":   {many("a b"), "o", "b c o", "b c"},
		"without an owner":     {many("a"), "", "b", "b"},
		"a former owner":       {many("a"), "n", "a o n", "a o"},
		"nobody":               {many("a"), "o", "o", ""},
		"nobody but the owner": {many("o"), "o", "", "o"},
	} {
		got := refreshMembers(c.known, c.owner, listing(c.lists))
		if diff := cmp.Diff(strings.Fields(c.want), got.Strings(), cmp.Transformer("nil", func(s []string) []string { return slices.Concat([]string{}, s) })); diff != "" {
			t.Errorf("%s: %s", title, diff)
		}
		if again := refreshMembers(got, c.owner, listing(c.lists)); !again.Equal(got) {
			t.Errorf("%s: a second refresh makes it %s", title, again)
		}
	}
	if got := refreshMembers(many("a"), "o", &imkit.Room{}); !got.Equal(many("a")) {
		t.Errorf("not reported: %s", got)
	}
}

func TestOnlyTheOwnerDiffers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		config, state string
		want          bool
	}{
		{"a", "a", true}, {"a", "a o", true}, {"a o", "a", false}, {"a", "a b", false}, {"a b", "a o", false}, {"", "o", true}, {"o", "o", true},
	} {
		if got := onlyOwnerDiffers(model(owner("o")), model(members(c.config)), model(members(c.state))); got != c.want {
			t.Errorf("%q and %q: %t", c.config, c.state, got)
		}
	}
}

// Every attribute that a room has is sent, noted, refreshed, compared and filled
// in. One that is forgotten in one of them shows here.
func TestEveryAttribute(t *testing.T) {
	t.Parallel()
	webhook := imkit.NewSecret("hook")
	text := types.StringValue
	m := roomModel{
		roomFields: roomFields{
			ID: text("r"), Name: text("name"), CoverURL: text("cover"), Description: text("description"), Tags: ids("tag"),
			OwnerID: text("owner"), ManagerIDs: ids("manager"), Webhook: text("hook"), BotMode: types.BoolValue(true), ExtParams: text("params"),
			Open: types.BoolValue(true), Frozen: types.BoolValue(true), AppID: text("app"),
		},
		MemberIDs: many("member"), SystemMessages: types.BoolValue(true), AdoptExisting: types.BoolValue(true), OnDestroy: text("keep"),
	}
	room := &imkit.Room{
		ID: "r", AppID: reported("app"), Name: reported("name"), Cover: reported("cover"), Description: reported("description"),
		Tags: reported([]string{"tag"}), Webhook: reported(webhook), BotMode: reported(true), ExtParams: reported("params"), Open: reported(true),
		Frozen: reported(true), Owner: reported("owner"), Managers: reported([]string{"manager"}), Members: reported([]imkit.Member{{ID: "member"}}),
	}
	equal := cmp.Options{cmp.Comparer(func(a, b attr.Value) bool { return a.Equal(b) }), cmp.AllowUnexported(roomModel{})}
	own := nothingKnown()
	own.ID, own.SystemMessages, own.AdoptExisting, own.OnDestroy = m.ID, m.SystemMessages, m.AdoptExisting, m.OnDestroy

	refreshed := own
	refreshed.refresh(room)
	if diff := cmp.Diff(m, refreshed, equal); diff != "" {
		t.Errorf("refresh (-want +got):\n%s", diff)
	}
	settings := m.changes(m, nothingKnown())
	noted := own
	noted.took(m, settings)
	noted.MemberIDs, noted.AppID = m.MemberIDs, m.AppID // which are no settings
	if diff := cmp.Diff(m, noted, equal); diff != "" {
		t.Errorf("sent and noted (-want +got):\n%s", diff)
	}
	if got := m.changes(m, m); got != (imkit.RoomSettings{}) {
		t.Errorf("nothing changes, and this is sent: %+v", got)
	}
	if got := own.withUnmanaged(nothingKnown(), m); cmp.Diff(m, got, equal) != "" {
		t.Errorf("nothing is configured (-want +got):\n%s", cmp.Diff(m, got, equal))
	}
	if got := own.withUnmanaged(m, m); cmp.Diff(own, got, equal) != "" {
		t.Errorf("everything is configured (-want +got):\n%s", cmp.Diff(own, got, equal))
	}
	all := "bot_mode cover_url description ext_params frozen manager_ids name open owner_id tags webhook"
	for what, c := range map[string]struct {
		room *imkit.Room
		want string
	}{
		"the same": {room, ""}, "other values": {unlike(settings), all}, "unreported, taken for stored": {&imkit.Room{}, ""},
	} {
		if got := strings.Join(altered(settings, c.room), " "); got != c.want {
			t.Errorf("altered, %s: %q, want %q", what, got, c.want)
		}
	}
}
