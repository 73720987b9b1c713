package room

import (
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

// member is a model with a role, properties (nil is null) and muted or not.
func member(role string, properties map[string]attr.Value, muted types.Bool) memberModel {
	m := memberModel{RoomID: types.StringValue("lobby"), ClientID: types.StringValue("robot"), Properties: types.DynamicNull(), NotificationsMuted: muted}
	if role != "" {
		m.Role = types.StringValue(role)
	}
	if properties != nil {
		m.Properties = types.DynamicValue(tfvalue.ObjectOf(properties))
	}
	return m
}

func level(n int64) map[string]attr.Value {
	return map[string]attr.Value{"level": types.NumberValue(big.NewFloat(float64(n)))}
}

// What is set is what is configured and changes; noting all of it comes to the plan.
func TestMemberSettings(t *testing.T) {
	t.Parallel()
	null, yes, no := types.BoolNull(), types.BoolValue(true), types.BoolValue(false)
	none := member("", nil, null)
	more := map[string]attr.Value{"level": types.StringValue("3"), "b": types.BoolValue(true), "a": types.StringNull()}
	for name, tc := range map[string]struct {
		plan, config, prior memberModel
		want                string
	}{
		"nothing":              {none, none, none, ""},
		"not configured":       {member("admin", level(1), yes), none, member("admin", level(1), yes), ""},
		"everything":           {member("member", level(1), no), member("member", level(1), no), none, "role=member level=1 =false"},
		"the same":             {member("admin", level(1), yes), member("admin", level(1), yes), member("admin", level(1), yes), ""},
		"role":                 {member("member", level(1), yes), member("member", level(1), yes), member("admin", level(1), yes), "role=member"},
		"muted":                {member("", nil, yes), member("", nil, yes), member("", nil, no), "=true"},
		"types and order":      {member("", more, null), member("", more, null), member("", level(3), null), "a=<nil> b=true level=3"},
		"dropped":              {member("", map[string]attr.Value{}, null), member("", map[string]attr.Value{}, null), member("", level(1), null), "level=<nil>"},
		"not managed any more": {member("", level(1), null), none, member("", level(1), null), ""},
	} {
		settings, err := tc.plan.settings(tc.config, tc.prior)
		var got []string
		noted := tc.prior
		for _, s := range settings {
			got = append(got, fmt.Sprintf("%s=%v", s.property, s.value))
			if err := noted.note(s); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if said := strings.Join(got, " "); err != nil || said != tc.want {
			t.Errorf("%s: %q, want %q: %v", name, said, tc.want, err)
		}
		if left, err := tc.plan.settings(tc.config, noted); err != nil || len(left) > strings.Count(tc.want, "a=<nil>") {
			t.Errorf("%s: after all was done, left is %v: %v", name, left, err)
		}
	}
}

// What was not reported stays; what was, and differs, is drift.
func TestMemberRefresh(t *testing.T) {
	t.Parallel()
	known := member("admin", level(1), types.BoolValue(true))
	room := func(properties map[string]map[string]any) *imkit.Room {
		return &imkit.Room{Members: imkit.Field[[]imkit.Member]{Reported: true, Value: &[]imkit.Member{{ID: "robot"}}}, Properties: properties}
	}
	for name, tc := range map[string]struct {
		reported map[string]map[string]any
		imported bool
		want     memberModel
	}{
		"nothing":         {nil, false, known},
		"others":          {map[string]map[string]any{"ann": {"role": "member", "level": "x"}}, false, member("member", level(1), known.NotificationsMuted)},
		"empty":           {map[string]map[string]any{"robot": {}}, false, known},
		"role":            {map[string]map[string]any{"robot": {"role": "owner"}}, false, member("owner", level(1), known.NotificationsMuted)},
		"more":            {map[string]map[string]any{"robot": {"role": "admin", "more": "x"}}, false, known},
		"another":         {map[string]map[string]any{"robot": {"level": nil}}, false, member("admin", map[string]attr.Value{"level": types.DynamicNull()}, known.NotificationsMuted)},
		"import":          {map[string]map[string]any{"robot": {"role": "member", "more": "x", "none": nil}}, true, member("member", map[string]attr.Value{"more": types.StringValue("x")}, known.NotificationsMuted)},
		"import, nothing": {map[string]map[string]any{"robot": {"role": "member"}}, true, member("member", nil, known.NotificationsMuted)},
		"import, unshown": {nil, true, member("admin", nil, known.NotificationsMuted)},
	} {
		got := known
		if err := got.refresh(room(tc.reported), tc.imported); err != nil || !got.Role.Equal(tc.want.Role) || !got.Properties.Equal(tc.want.Properties) || !got.NotificationsMuted.Equal(tc.want.NotificationsMuted) {
			t.Errorf("%s: %v, want %v: %v", name, got, tc.want, err)
		}
	}
}

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
