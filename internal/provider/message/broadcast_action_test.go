package message_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

const broadcast = "imkit_broadcast"

func to(kind, id string, variables map[string]any) map[string]any {
	r := map[string]any{kind: id}
	if variables != nil {
		r["variables"] = variables
	}
	return r
}

var maintenance = map[string]any{
	"message": "Dear $name$, we are back at $at$. It costs $5 or $6.",
	"recipients": []any{
		to("client_id", "ann", map[string]any{"name": "Ann", "at": "8"}),
		to("room_id", "lobby", map[string]any{"name": "all", "at": "8", "more": "unused"}),
	},
}

func TestBroadcast(t *testing.T) {
	t.Parallel()
	w := lobby(t)
	line := invoke(t, w, broadcast, maintenance)
	all := w.Broadcasts()
	if len(all) != 1 || len(w.Requests()) != 1 {
		t.Fatalf("%d broadcasts by %d requests", len(all), len(w.Requests()))
	}
	acctest.Equal(t, "texts", []string{"Dear Ann, we are back at 8. It costs $5 or $6.", "Dear all, we are back at 8. It costs $5 or $6."}, all[0].Texts)
	for name, want := range map[string]any{"messageType": "text", "push": nil, "sender": nil} {
		acctest.Equal(t, name, want, all[0].Sent[name])
	}
	if want := fmt.Sprintf("Queued broadcast %q for 2 of 2 recipients", all[0].ID); line != want {
		t.Errorf("said %q, want %q", line, want)
	}

	invoke(t, w, broadcast, with(maintenance, "sender_id", "robot", "push", true, "message_type", "announcement"))
	sent := w.Broadcasts()[1].Sent
	acctest.Equal(t, "whole", []any{"robot", true, "announcement"}, []any{sent["sender"], sent["push"], sent["messageType"]})
}

func TestBroadcastCounts(t *testing.T) {
	t.Parallel()
	for reply, want := range map[string]string{
		`{"RC":0,"RM":"OK"}`: "Queued a broadcast; the server does not say for how many of 2 recipients",
		`{"batchID":"b"}`:    `Queued broadcast "b"; the server does not say for how many of 2 recipients`,
	} {
		w := lobby(t)
		w.Inject(sandbox.Fault{Body: reply, After: true})
		if line := invoke(t, w, broadcast, maintenance); line != want {
			t.Errorf("said %q, want %q", line, want)
		}
	}
	w := lobby(t)
	w.Inject(sandbox.Fault{Body: `{"RC":0,"result":{"batchID":"b","count":1}}`, After: true})
	progress, told := w.Core(t, "").Invoke(broadcast, maintenance)
	acctest.Says(t, told.String(), "WARNING: Broadcast was not accepted for every recipient", "1 of 2 recipients")
	acctest.Says(t, fmt.Sprint(progress), `"b" for 1 of 2`)
}

func TestBroadcastIsRefused(t *testing.T) {
	t.Parallel()
	w := lobby(t)
	recipients := func(r ...any) map[string]any { return map[string]any{"message": "Hello", "recipients": r} }
	refused(t, w, broadcast, recipients(to("client_id", "ann", nil), to("client_id", "eve", nil)), "Client does not exist", `no client "eve"`, "was not sent")
	refused(t, w, broadcast, recipients(to("room_id", "Lobby", nil)), "Unable to send broadcast", "HTTP 404", "Nothing was sent.")
	refused(t, w, broadcast, with(recipients(to("client_id", "ann", nil)), "sender_id", "Robot"), `no client "Robot"`)
}

// A placeholder without a value is an error of the plan, and so is everything else
// that is known to be wrong by then.
func TestBroadcastIsNotPlanned(t *testing.T) {
	t.Parallel()
	w := lobby(t)
	recipients := func(r ...any) map[string]any { return with(maintenance, "recipients", r) }
	values := map[string]any{"name": "Ann", "at": "8"}
	for name, tc := range map[string]struct {
		config map[string]any
		words  []string
	}{
		"no value":      {recipients(to("client_id", "ann", map[string]any{"name": "Ann"})), []string{"Placeholder without a value", `client "ann"`, "$at$"}},
		"no variables":  {recipients(to("room_id", "lobby", nil)), []string{"Placeholder without a value", `room "lobby"`, "$name$, $at$"}},
		"null":          {recipients(to("client_id", "ann", map[string]any{"name": "Ann", "at": nil})), []string{"Placeholder without a value", "$at$"}},
		"money":         {with(recipients(to("client_id", "ann", nil)), "message", "$5/$10"), []string{"$5/$", "just text between two $", `"5/" = "$5/$"`}},
		"name with $":   {recipients(to("client_id", "ann", map[string]any{"$name$": "Ann"})), []string{"Variable name contains a $", `client "ann"`}},
		"nobody":        {recipients(map[string]any{"variables": values}), []string{"Recipient without an ID"}},
		"both":          {recipients(map[string]any{"client_id": "ann", "room_id": "lobby", "variables": values}), []string{"Recipient with two IDs"}},
		"no recipients": {recipients(), []string{"recipients"}},
		"empty id":      {recipients(to("client_id", "", values)), []string{"Invalid client ID"}},
		"no message":    {with(maintenance, "message", ""), []string{"message"}},
		"null message":  {with(maintenance, "message", nil), []string{"message"}},
		"null element":  {recipients(nil), []string{"null"}},
		"no type":       {with(maintenance, "message_type", ""), []string{"message_type"}},
		"many": {
			recipients(to("client_id", "a", nil), to("client_id", "b", nil), to("client_id", "c", nil), to("client_id", "d", nil), to("client_id", "e", nil), to("client_id", "f", nil), to("client_id", "g", nil)),
			[]string{`client "e"`, "There are 7 problems with recipients, of which the first 5 are shown."},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			notPlanned(t, w, broadcast, tc.config, tc.words...)
		})
	}
}

// What is not known when it is planned is judged before it is sent.
func TestBroadcastUnknown(t *testing.T) {
	t.Parallel()
	w := lobby(t)
	for _, recipients := range []any{
		acctest.Unknown, []any{acctest.Unknown},
		[]any{to("client_id", "ann", map[string]any{"name": acctest.Unknown, "at": "8"})},
		[]any{map[string]any{"client_id": "ann", "variables": acctest.Unknown}},
		[]any{map[string]any{"client_id": acctest.Unknown, "room_id": acctest.Unknown, "variables": map[string]any{"name": "Ann", "at": "8"}}},
	} {
		if told := w.Core(t, "").PlanAction(broadcast, with(maintenance, "recipients", recipients)); len(told) > 0 {
			t.Errorf("%v is wrong:\n%s", recipients, told)
		}
	}
	if told := w.Core(t, "").PlanAction(broadcast, with(maintenance, "message", acctest.Unknown)); len(told) > 0 {
		t.Errorf("the message is wrong:\n%s", told)
	}
	unnamed := []any{to("client_id", "ann", map[string]any{"name": "Ann", "at": "8"}), map[string]any{"client_id": acctest.Unknown}}
	acctest.Says(t, w.Core(t, "").PlanAction(broadcast, with(maintenance, "recipients", unnamed)).String(),
		"variables of the recipient at recipients[1] have no values for: $name$, $at$")
	_, told := w.Core(t, "").InvokeUnplanned(broadcast, with(maintenance, "recipients", []any{to("client_id", "ann", nil)}))
	if acctest.Says(t, told.String(), "Placeholder without a value"); len(w.Requests()) > 0 {
		t.Errorf("%d requests", len(w.Requests()))
	}
}

// The same through a real Terraform: a recipient whose id is not known yet has a name.
func TestBroadcastThroughTerraform(t *testing.T) {
	t.Parallel()
	if !acctest.Knows(t, acctest.Actions) {
		return
	}
	w := lobby(t)
	c := w.CLI(t, "")
	c.Write(w.Config(`
resource "terraform_data" "ann" {
  input = "ann"
}

action "imkit_broadcast" "all" {
  config {
    message    = "Dear $name$"
    recipients = [{ client_id = terraform_data.ann.output }]
  }
}
`))
	output := c.Fails("plan")
	acctest.Says(t, output, "Placeholder without a value", "variables of the recipient at recipients[0] have no values for: $name$")
	if strings.Contains(output, `""`) || strings.Count(output, "Error: ") != 1 {
		t.Errorf("the plan names nobody, or has another error:\n%s", output)
	}
}
