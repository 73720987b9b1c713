package provider_test

import (
	"net/http"
	"strings"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
)

// sentOnce is for calls that cannot be taken back: they are repeated only where the
// server has certainly done nothing.
func sentOnce(f fault) int {
	if f.definite && !f.once {
		return 1 + matrixRetries
	}
	return 1
}

// actionRows are the actions. Each that sends is checked to have sent at most once,
// and to say so where it may have.
func actionRows() []row {
	send := func(operation, route, object, action string, sent func(*cell) int, config map[string]any) row {
		return row{
			operation: operation, call: "send", method: http.MethodPost, route: route, object: object, attempts: sentOnce,
			skips:   []string{"another client's object", "wrong types"}, // whatever the server calls it
			prepare: someRoom, check: func(*cell, bool) {},
			work: func(c *cell, strike func()) acctest.Said {
				before := sent(c)
				strike()
				_, told := c.Invoke(action, config)
				checkSent(c, told, sent(c)-before)
				return told
			},
		}
	}
	clients := []any{"robot", "ann"}
	rows := []row{
		send("send message", "/messages", `room "lobby"`, "imkit_send_message", func(c *cell) int { return len(c.W.Messages()) },
			map[string]any{"room_id": "lobby", "sender_id": "robot", "message": "Hello"}),
		send("broadcast", "/messages/batch", "2 recipients", "imkit_broadcast", func(c *cell) int { return len(c.W.Broadcasts()) },
			map[string]any{"message": "Hello", "recipients": []any{map[string]any{"client_id": "ann"}, map[string]any{"room_id": "lobby"}}}),
		send("push notification", "/push/push2clients", `"ann", "robot"`, "imkit_push_notification", func(c *cell) int { return len(c.W.Pushes()) },
			map[string]any{"client_ids": clients, "title": "Hello"}),
	}
	rows[2].skips = append(rows[2].skips, "slow trickle") // its reply is short enough to trickle in
	revoke := func(c *cell, strike func()) acctest.Said {
		for _, id := range clients {
			c.W.AddToken(id.(string), "token of "+id.(string)+c.T.Name(), time.Time{}) //nolint:forcetypeassert // as it stands above
		}
		strike()
		_, told := c.Invoke("imkit_revoke_tokens", map[string]any{"client_ids": clients})
		return told
	}
	return append(rows, row{
		operation: "revoke tokens", call: "revoke all", method: http.MethodDelete, route: acctest.RouteToken, calls: 2, object: "may still be signed in: \"",
		prepare: someRoom, work: revoke, check: func(c *cell, failed bool) {
			if n := len(c.W.LiveTokens("ann")) + len(c.W.LiveTokens("robot")); !failed && n > 0 {
				c.T.Errorf("%d tokens are alive", n)
			}
		},
	})
}

func someRoom(c *cell) {
	for _, id := range []string{"robot", "ann"} {
		c.W.PutClient(id, nil)
	}
	c.W.PutRoom("lobby", nil)
}

// checkSent checks how often something was sent, and what was said about it.
func checkSent(c *cell, told acctest.Said, n int) {
	c.T.Helper()
	const unsure = "may still have been sent"
	switch said := told.String(); {
	case n > 1:
		c.T.Errorf("sent %d times", n)
	case !told.Failed() && n != 1:
		c.T.Error("no error, and nothing was sent")
	case told.Failed() && n == 1 && !strings.Contains(said, unsure):
		c.T.Errorf("sent, and not said:\n%s", said)
	case told.Failed() && c.fault.definite && strings.Contains(said, unsure):
		c.T.Errorf("certainly not sent, and not said:\n%s", said)
	}
}
