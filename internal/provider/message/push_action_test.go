package message_test

import (
	"testing"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

const pushNotification = "imkit_push_notification"

var wakeUp = map[string]any{"client_ids": []any{"ann", "bob"}, "title": "Wake up"}

func TestPushNotification(t *testing.T) {
	t.Parallel()
	w := lobby(t)
	line := invoke(t, w, pushNotification, wakeUp)
	acctest.Says(t, line, "2 clients", `"ann", "bob"`, "it does not report delivery")
	expires := acctest.Epoch.Add(time.Hour)
	invoke(t, w, pushNotification, map[string]any{
		"client_ids": []any{"ann"}, "title": "T", "body": "B", "icon": "I", "collapse_key": "C", "alert": "A", "badge": 0, "sound": "S",
		"topic": "com.example", "type": "alarm", "expires_at": expires.Format(time.RFC3339),
	})
	invoke(t, w, pushNotification, map[string]any{"client_ids": []any{"ann"}, "alert_loc_key": "KEY", "alert_loc_args": []any{"x", ""}})
	acctest.Equal(t, "sent", []sandbox.Push{
		{Clients: []string{"ann", "bob"}, Payload: map[string]any{"title": "Wake up"}},
		{Clients: []string{"ann"}, Payload: map[string]any{
			"title": "T", "body": "B", "icon": "I", "collapseKey": "C", "alert": "A", "badge": acctest.Number("0"), "sound": "S",
			"topic": "com.example", "type": "alarm", "expiry": acctest.Number("1772370000"),
		}},
		{Clients: []string{"ann"}, Payload: map[string]any{"alert": map[string]any{"loc-key": "KEY", "loc-args": []any{"x", ""}}}},
	}, w.Pushes())
	if n := len(w.Requests()); n != 3 {
		t.Errorf("%d requests", n)
	}
}

func TestPushNotificationIsNotPlanned(t *testing.T) {
	t.Parallel()
	w := lobby(t)
	for name, tc := range map[string]struct {
		config map[string]any
		words  string
	}{
		"no clients":      {with(wakeUp, "client_ids", []any{}), "client_ids"},
		"empty id":        {with(wakeUp, "client_ids", []any{""}), "Invalid client ID"},
		"nothing":         {with(wakeUp, "title", nil, "icon", "i", "topic", "t"), "Notification is empty"},
		"empty":           {with(wakeUp, "title", ""), "title"},
		"two alerts":      {with(wakeUp, "alert", "a", "alert_loc_key", "K"), "Both alert and alert_loc_key"},
		"arguments alone": {with(wakeUp, "alert_loc_args", []any{"a"}), "alert_loc_args without alert_loc_key"},
		"negative badge":  {with(wakeUp, "badge", -1), "badge"},
		"no time":         {with(wakeUp, "expires_at", "tomorrow"), "Invalid timestamp"},
		"past":            {with(wakeUp, "expires_at", "2026-03-01T12:00:00Z"), "has already expired"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			notPlanned(t, w, pushNotification, tc.config, tc.words)
		})
	}
	for _, name := range []string{"client_ids", "title", "alert_loc_key", "alert_loc_args", "expires_at"} {
		if told := w.Core(t, "").PlanAction(pushNotification, with(wakeUp, name, acctest.Unknown, "badge", acctest.Unknown, "alert_loc_key", acctest.Unknown)); len(told) > 0 {
			t.Errorf("%s is wrong:\n%s", name, told)
		}
	}
}

// What a saved plan planned in time may have expired when it is applied.
func TestPushNotificationExpires(t *testing.T) {
	t.Parallel()
	w := lobby(t)
	config := with(wakeUp, "expires_at", acctest.Epoch.Add(time.Hour).Format(time.RFC3339))
	if told := w.Core(t, "").PlanAction(pushNotification, config); len(told) > 0 {
		t.Fatal(told)
	}
	w.Advance(2 * time.Hour)
	_, told := w.Core(t, "").InvokeUnplanned(pushNotification, config)
	if acctest.Says(t, told.String(), "has already expired"); len(w.Pushes()) > 0 {
		t.Error("it was sent")
	}
}
