package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// aCase is a way to make a server answer a question otherwise.
type aCase struct {
	name string // of the question and, where there is one, the flag
	flag string // its value
	set  func(*sandbox.Options)
	// prepare does what no option does.
	prepare func(*sandbox.Server)
	want    any
	stays   bool // not all can be removed from such a server
}

// begins is a text that an answer begins with.
type begins string

const page = "<html>Cannot do that</html>"

// fault is a server on which some requests go wrong.
func fault(f sandbox.Fault) func(*sandbox.Server) {
	return func(s *sandbox.Server) { s.Inject(f) }
}

func withGroups(s *sandbox.Server) {
	for i := range 3 {
		s.PutGroup(fmt.Sprint("team-", i), map[string]any{"nickname": "T"})
	}
}

// cases are all switches of the sandbox, and what else servers differ in.
func cases() []aCase {
	return []aCase{
		{name: "foreign-server", flag: "true", want: true},
		{name: "api-key-accepted", set: func(o *sandbox.Options) { o.APIKey = "another" }, want: false},
		{name: "provider-works", set: func(o *sandbox.Options) { o.NoRevokeRoute = true }, want: false, stays: true},
		{name: "no-lookup-route", flag: "true", want: true},
		{name: "clients-shown-after", flag: "2s", want: "within 2.5s"},
		{name: "clients-shown-after", flag: "1h", want: "more than 10s"},
		{name: "reject-unknown-on-upsert", set: func(o *sandbox.Options) { o.RejectUnknownOnUpsert = true }, want: true},
		{name: "known-clients-only", flag: "true", want: true},
		{name: "lower-case-ids", flag: "true", want: true},
		{name: "ids-kept", prepare: fault(sandbox.Fault{Status: 400, Body: `{"RC":400,"RM":"Bad"}`, Match: func(_ *http.Request, body []byte) bool {
			return strings.Contains(string(body), `"_id":"`+prefix) && strings.Contains(string(body), "%")
		}}), want: false},
		{name: "reject-existing-on-upsert", set: func(o *sandbox.Options) { o.RejectExistingOnUpsert = true }, want: true},
		{name: "values-kept", set: func(o *sandbox.Options) {
			o.Store = func(v any) any {
				if o, ok := v.(map[string]any); ok {
					o["text"] = "cut short"
				}
				return v
			}
		}, want: false},
		{name: "lookup-fields", set: func(o *sandbox.Options) { o.LookupFields = []string{"nickname", "isRobot", "description"} }, want: "avatarUrl, terraformCheck"},
		{name: "ignore-limit", set: func(o *sandbox.Options) { o.IgnoreLimit = true }, want: true},
		{name: "ignore-skip", set: func(o *sandbox.Options) { o.IgnoreSkip = true }, want: true},
		{name: "no-batch-route", prepare: fault(sandbox.Fault{Route: "/admin/clients/list", Status: 404, Body: page}), want: true},
		{name: "errors-under-200", flag: "true", want: true},
		{name: "error-shape", set: func(o *sandbox.Options) { o.ErrorShape = sandbox.ErrorFlat }, want: "flat"},
		{name: "error-shape", set: func(o *sandbox.Options) { o.ErrorShape = sandbox.ErrorCodeOnly }, want: "code only"},
		{name: "flat-replies", flag: "true", want: true},
		{name: "opaque-tokens", flag: "true", want: true},
		{name: "omit-expiration", flag: "true", want: true},
		{name: "token-lifetime", flag: "3h", want: "3h0m0s"},
		{name: "no-me-route", flag: "true", want: true},
		{name: "client-key-accepted", set: func(o *sandbox.Options) { o.ClientKey = "another" }, want: false},
		{name: "no-revoke-route", flag: "true", want: true, stays: true},
		{name: "ids-in-paths", prepare: fault(sandbox.Fault{Status: 404, Body: page, Match: func(r *http.Request, _ []byte) bool {
			return strings.Contains(r.URL.EscapedPath(), "%2F")
		}}), want: false, stays: true},
		{name: "keep-tokens", flag: "true", want: true},
		{name: "drop-revoke-body", flag: "true", want: true},
		{name: "revoke-one", prepare: fault(sandbox.Fault{Route: "/admin/clients/{id}/token", Body: `{"RC":0,"RM":"OK"}`, Match: func(_ *http.Request, body []byte) bool {
			return len(body) > 0 && !strings.Contains(string(body), "no-token")
		}}), want: false},
		{name: "revoke-all", prepare: fault(sandbox.Fault{Route: "/admin/clients/{id}/token", Body: `{"RC":0,"RM":"OK"}`, Match: func(_ *http.Request, body []byte) bool {
			return len(body) == 0
		}}), want: false, stays: true},
		{name: "echo-bound-tokens", flag: "true", want: true},
		{name: "no-message-routes", flag: "true", want: true},
		{name: "no-room-routes", flag: "true", want: true},
		{name: "refuse-user-level", flag: "403", want: "403"},
		{name: "refuse-user-level", flag: "401", want: "401"},
		{name: "no-exists-route", flag: "true", want: true},
		{name: "missing-room-status", flag: "403", want: "403"},
		{name: "little-rooms", flag: "true", want: true},
		{name: "unknown-member-status", set: func(o *sandbox.Options) { o.UnknownMemberStatus = 404 }, want: "404"},
		{name: "unnamed-members", set: func(o *sandbox.Options) { o.UnnamedMembers = true }, want: true},
		{name: "invite-by-default", flag: "true", want: true},
		{name: "invite-always", flag: "true", want: true},
		{name: "hide-roles", flag: "true", want: true},
		{name: "show-plain-role", set: func(o *sandbox.Options) { o.Rooms.ShowPlainRole = true }, want: true},
		{name: "forget-leavers", flag: "true", want: true},
		{name: "ignore-absent-members", set: func(o *sandbox.Options) { o.Rooms.IgnoreAbsentMembers = true }, want: true},
		{name: "hide-mute", flag: "true", want: true},
		{name: "room-write-delay", flag: "50ms", want: "lost"},
		{name: "owner-is-member", flag: "true", want: true},
		{name: "populate-replies", set: func(o *sandbox.Options) { o.Rooms.PopulateReplies = true }, want: true},
		{name: "frozen-room-status", flag: "404", want: "404"},
		{name: "overwrite-rooms", set: func(o *sandbox.Options) { o.Rooms.Overwrite = true }, want: true},
		{name: "delete-answers-zero", set: func(o *sandbox.Options) { o.Rooms.DeleteAnswersZero = true }, want: true},
		{name: "no-group-routes", flag: "true", want: true},
		{name: "groups-listed-after", set: func(o *sandbox.Options) { o.Groups.ListedAfter = 3 * time.Second }, want: "within 3.5s"},
		{name: "group-list-limit", set: func(o *sandbox.Options) { o.Groups.DefaultLimit = 2 }, prepare: withGroups, want: "2"},
		{name: "group-list-cap", set: func(o *sandbox.Options) { o.Groups.ListCap = 3 }, prepare: withGroups, want: "3"},
		{name: "groups-in-lookup", set: func(o *sandbox.Options) { o.Groups.InLookup = true }, want: true},
		{name: "update-groups", flag: "false", want: false},
		{name: "update-groups", set: func(o *sandbox.Options) { o.Groups.OnExisting = sandbox.IgnoreExisting }, want: "ignored"},
		{name: "merge-group-members", flag: "true", want: true},
		{name: "clear-left-out", set: func(o *sandbox.Options) { o.Groups.ClearLeftOut = true }, want: true},
		{name: "no-config-routes", flag: "true", want: true},
		{name: "refuse-config-read", flag: "403", want: "403"},
		{name: "config-shown-after", flag: "2s", want: "within 2.5s"},
		{name: "replace-config", flag: "true", want: true},
		{name: "ignore-missing-keys", set: func(o *sandbox.Options) { o.Config.IgnoreMissing = true }, want: true},
		{name: "clock-skew", flag: "-2h", want: "-2h0m0s"},
		{name: "latency", flag: "300ms", want: "300ms"},
		{name: "requests-per-minute", flag: "40", want: begins("less than ")},
	}
}

// apply gives a server's options what a case is about.
func (tc aCase) apply(t *testing.T, o *sandbox.Options) {
	t.Helper()
	if tc.flag != "" {
		var fromFlags sandbox.Options
		flags := flag.NewFlagSet("", flag.ContinueOnError)
		flags.SetOutput(io.Discard)
		sandbox.Flags(flags, &fromFlags)
		if err := flags.Parse([]string{"-update-groups", "-" + tc.name + "=" + tc.flag}); err != nil {
			t.Fatal(err)
		}
		*o = fromFlags
	}
	if tc.set != nil {
		tc.set(o)
	}
}

func TestEverySwitch(t *testing.T) {
	t.Parallel()
	plain := runCheck(t, options(), nil)
	for name, reason := range plain.reasons {
		if reason != "" && name != "group-list-limit" && name != "group-list-cap" && name != "requests-per-minute" {
			t.Errorf("%s is unknown: %s", name, reason)
		}
	}
	if plain.status != works || plain.err != nil {
		t.Fatalf("status %d: %v", plain.status, plain.err)
	}
	plain.checkNothingStays(t)
	for _, tc := range cases() {
		t.Run(fmt.Sprint(tc.name, " ", tc.want), func(t *testing.T) {
			t.Parallel()
			o := options()
			tc.apply(t, &o)
			got := runCheck(t, o, func(_ context.Context, _ func(), s *sandbox.Server) {
				if tc.prepare != nil {
					tc.prepare(s)
				}
			})
			begin, _ := tc.want.(begins)
			if text, ok := got.answers[tc.name].(string); ok && strings.HasPrefix(text, string(begin)) && begin != "" {
				tc.want = text
			}
			if got.answers[tc.name] != tc.want || plain.answers[tc.name] == tc.want {
				t.Errorf("answered %v (%s), want %v; a plain server %v", got.answers[tc.name], got.reasons[tc.name], tc.want, plain.answers[tc.name])
			}
			if !tc.stays {
				got.checkNothingStays(t)
			}
		})
	}
}

// TestNames checks that switches, questions, cases and the rows of the page are the same words.
func TestNames(t *testing.T) {
	t.Parallel()
	var questions []string
	for _, topic := range topics() {
		for _, q := range topic.questions {
			if slices.Contains(questions, q.name) {
				t.Errorf("%s is asked twice", q.name)
			}
			questions = append(questions, q.name)
			if _, err := os.Stat("../../docs/" + topic.page); err != nil {
				t.Errorf("%s: %v", q.name, err)
			}
		}
	}
	var tried []string
	for _, tc := range cases() {
		tried = append(tried, tc.name)
	}
	flags := flag.NewFlagSet("", flag.ContinueOnError)
	sandbox.Flags(flags, &sandbox.Options{})
	flags.VisitAll(func(f *flag.Flag) {
		if !slices.Contains(questions, f.Name) {
			t.Errorf("the sandbox has the switch %s, and there is no question of that name", f.Name)
		}
	})
	for _, name := range questions {
		if !slices.Contains(tried, name) {
			t.Errorf("no case changes the answer to %s", name)
		}
	}
	for _, tc := range cases() {
		if isFlag := flags.Lookup(tc.name) != nil; isFlag && tc.flag == "" && tc.name != "update-groups" {
			t.Errorf("the case of %s does not use the flag", tc.name)
		}
	}
	content, err := os.ReadFile("../../docs/guides/server-differences.md")
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z0-9-]+)` \\|").FindAllStringSubmatch(string(content), -1) {
		rows = append(rows, row[1])
	}
	if !slices.Equal(rows, questions) {
		t.Errorf("the page has the rows\n%q, and the questions are\n%q", rows, questions)
	}
}

// TestEveryOption checks that there is a case for every option of the sandbox, those without a flag included.
func TestEveryOption(t *testing.T) {
	t.Parallel()
	changed := map[string]bool{}
	for _, tc := range cases() {
		o := options()
		tc.apply(t, &o)
		note(changed, "", reflect.ValueOf(o), reflect.ValueOf(options()))
	}
	for _, name := range fields("", reflect.TypeFor[sandbox.Options]()) {
		// What a server is told, and what is of use to tests only.
		settings := []string{".AppID", ".BasePath", ".Now", ".LogLimit"}
		if !changed[name] && !slices.Contains(settings, name) {
			t.Errorf("no case changes the option %s", name)
		}
	}
}

func fields(path string, of reflect.Type) []string {
	if of.Kind() != reflect.Struct {
		return []string{path}
	}
	var names []string
	for f := range of.Fields() {
		names = append(names, fields(path+"."+f.Name, f.Type)...)
	}
	return names
}

func note(changed map[string]bool, path string, a, b reflect.Value) {
	if a.Kind() != reflect.Struct {
		if a.Kind() == reflect.Func && !a.IsNil() || a.Kind() != reflect.Func && !reflect.DeepEqual(a.Interface(), b.Interface()) {
			changed[path] = true
		}
		return
	}
	for i := range a.NumField() {
		note(changed, path+"."+a.Type().Field(i).Name, a.Field(i), b.Field(i))
	}
}
