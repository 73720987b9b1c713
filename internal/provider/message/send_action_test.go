package message_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

const sendMessage = "imkit_send_message"

var hello = map[string]any{"room_id": "lobby", "sender_id": "robot", "message": "Hello"}

func TestSendMessage(t *testing.T) {
	t.Parallel()
	w := lobby(t)
	line := invoke(t, w, sendMessage, hello)
	all := w.Messages()
	if len(all) != 1 || len(w.Requests()) != 1 {
		t.Fatalf("%d messages by %d requests", len(all), len(w.Requests()))
	}
	acctest.Equal(t, "sent", map[string]any{"room": "lobby", "sender": "robot", "message": "Hello", "messageType": "text", "push": true}, all[0].Sent)
	acctest.Says(t, line, fmt.Sprintf("Sent message %q to room \"lobby\"", all[0].ID), "2026-03-01T12:00:00Z")

	invoke(t, w, sendMessage, with(hello, "message_type", "announcement", "push", false, "mention_ids", []any{"bob", "ann"}))
	acctest.Equal(t, "sent", map[string]any{
		"room": "lobby", "sender": "robot", "message": "Hello", "messageType": "announcement", "push": false, "mentions": []any{"ann", "bob"},
	}, w.Messages()[1].Sent)
}

// A server need not say what became of a message.
func TestSendMessageUnnamed(t *testing.T) {
	t.Parallel()
	w := lobby(t)
	w.Inject(sandbox.Fault{Body: `{"RC":0,"RM":"OK"}`, After: true})
	if line := invoke(t, w, sendMessage, hello); line != `Sent a message to room "lobby"` {
		t.Error(line)
	}
}

func TestSendMessageIsRefused(t *testing.T) {
	t.Parallel()
	w := lobby(t)
	refused(t, w, sendMessage, with(hello, "room_id", "Lobby"), "Room does not exist", `no room "Lobby"`, "was not sent")
	refused(t, w, sendMessage, with(hello, "sender_id", "Robot"), "Client does not exist", `no client "Robot"`, "was not sent")
	w.Inject(sandbox.Fault{Method: http.MethodPost, Status: http.StatusForbidden, Body: `{"RC":403,"RM":"Forbidden"}`, Times: 1})
	refused(t, w, sendMessage, hello, "Unable to send message", "does not let the API key make this call", "Nothing was sent.")
	w.FreezeRoom("lobby")
	for _, status := range []int{0, http.StatusForbidden, http.StatusNotFound} { // of a read
		w.Configure(func(o *sandbox.Options) { o.Rooms.FrozenStatus = status })
		refused(t, w, sendMessage, hello, "Room is frozen", `room "lobby"`, "HTTP 403", "was not sent")
	}
}

func TestSendMessageIsNotPlanned(t *testing.T) {
	t.Parallel()
	w := lobby(t)
	notPlanned(t, w, sendMessage, with(hello, "room_id", ""), "Invalid room ID")
	notPlanned(t, w, sendMessage, with(hello, "room_id", nil), "room_id")
	notPlanned(t, w, sendMessage, with(hello, "sender_id", ""), "Invalid client ID")
	notPlanned(t, w, sendMessage, with(hello, "message", ""), "message")
	notPlanned(t, w, sendMessage, with(hello, "message_type", ""), "message_type")
	notPlanned(t, w, sendMessage, with(hello, "mention_ids", []any{""}), "Invalid client ID")
	if told := w.Core(t, "").PlanAction(sendMessage, with(hello, "message", acctest.Unknown, "mention_ids", acctest.Unknown)); len(told) > 0 {
		t.Errorf("what is not known yet is wrong:\n%s", told)
	}
}

// Where the answer is lost, people read that it may have been sent, and what to do about
// it. That it was sent once, the fault matrix shows.
func TestSentWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	for action, c := range map[string]struct {
		config map[string]any
		says   []string
	}{
		sendMessage:      {hello, []string{"whether the message was sent", "Check whether it is in the room"}},
		broadcast:        {maintenance, []string{"whether the broadcast was sent", "2 recipients"}},
		pushNotification: {wakeUp, []string{"whether the push notification was sent", `2 clients: "ann", "bob"`}},
	} {
		w := lobby(t)
		w.Inject(sandbox.Fault{Cut: true, After: true, Method: http.MethodPost})
		_, told := w.Core(t, "").Invoke(action, c.config)
		acctest.Says(t, told.String(), append(c.says, "Unable to tell", "may still have been sent", "a second time")...)
	}
}

// A server without these calls.
func TestNothingToSendWith(t *testing.T) {
	t.Parallel()
	for action, config := range map[string]map[string]any{sendMessage: hello, broadcast: maintenance, pushNotification: wakeUp} {
		w := lobby(t)
		w.Configure(func(o *sandbox.Options) { o.NoMessageRoutes = true })
		refused(t, w, action, config, "Unable to send", "HTTP 404", "Nothing was sent.", "does not know this call")
	}
}

// The whole way through a real Terraform: by a change, and by hand.
func TestSendMessageThroughTerraform(t *testing.T) {
	t.Parallel()
	if !acctest.Knows(t, acctest.Actions) {
		return
	}
	w := lobby(t)
	config := func(version string) string {
		return w.Config(fmt.Sprintf(`
resource "imkit_client" "shop" {
  id       = "shop"
  nickname = "Shop %s"

  lifecycle {
    action_trigger {
      events  = [after_create, after_update]
      actions = [action.imkit_send_message.deployed]
    }
  }
}

action "imkit_send_message" "deployed" {
  config {
    room_id   = "lobby"
    sender_id = "robot"
    message   = "Shop ${local.version} is there"
  }
}

locals {
  version = %q
}
`, version, version))
	}
	c := w.CLI(t, "")
	c.Write(config("1"))
	acctest.Says(t, c.Apply(), "Sending a message to room \"lobby\"", "Sent message", "1 added")
	c.Empty()
	c.Write(config("2"))
	c.Must("plan", "-out=saved")
	c.Must("apply", "saved")
	c.Must("apply", "-auto-approve", "-invoke=action.imkit_send_message.deployed")
	var said []string
	for _, m := range w.Messages() {
		said = append(said, fmt.Sprint(m.Sent["message"]))
	}
	acctest.Equal(t, "messages", []string{"Shop 1 is there", "Shop 2 is there", "Shop 2 is there"}, said)
}
