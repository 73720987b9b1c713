package imkit

import (
	"context"
	"errors"
	"slices"
	"time"
)

const pathPush = "/push/push2clients"

// PushNotification is what [API.Push] sends. What is empty is not sent.
type PushNotification struct {
	// Clients are the ids of those who get it.
	Clients []string
	// Type is a class of the application's own.
	Type string

	// Title, Body, Icon (the URL of a picture) and CollapseKey are for Android. Of
	// those with the same key only the last is shown.
	Title, Body, Icon, CollapseKey string

	// Alert is the text for iOS. AlertLocKey names one in the app's own languages
	// in place of it, with AlertLocArgs.
	Alert, AlertLocKey string
	AlertLocArgs       []string
	// Badge is the number on the app's icon, for iOS.
	Badge *int64
	// Sound and Topic are for iOS: the name of a file, and the app's bundle.
	Sound, Topic string
	// ExpiresAt is until when it is worth delivering, in whole seconds, for iOS.
	ExpiresAt time.Time
}

// Push sends a push notification to clients, once: of an error, [OutcomeUnknown]
// says that it may have been sent nevertheless. Whether it is delivered is not
// reported. Clients that do not exist are a [*MembersError].
//
// https://docs.imkit.io: POST /push/push2clients.
func (a *API) Push(ctx context.Context, p PushNotification) error {
	if len(p.Clients) == 0 {
		return errors.New("a push notification needs clients")
	}
	if err := checkIDs("client id", p.Clients); err != nil {
		return err
	}
	payload, err := p.payload()
	if err != nil {
		return err
	}
	body := map[string]any{"clients": p.Clients, "payload": payload}
	texts := append(slices.Clone(p.AlertLocArgs), p.Title, p.Body, p.Alert)
	return a.sendOnce(ctx, pathPush, body, p.Clients, texts, func(map[string]any) error { return nil })
}

func (p PushNotification) payload() (map[string]any, error) {
	payload := map[string]any{}
	for name, value := range map[string]string{
		"type": p.Type, "title": p.Title, "body": p.Body, "icon": p.Icon, "collapseKey": p.CollapseKey,
		"alert": p.Alert, "sound": p.Sound, "topic": p.Topic,
	} {
		if value != "" {
			payload[name] = value
		}
	}
	switch {
	case p.AlertLocKey != "" && p.Alert != "":
		return nil, errors.New("a push notification has a text or the key of one, and not both")
	case p.AlertLocKey != "":
		alert := map[string]any{"loc-key": p.AlertLocKey}
		if len(p.AlertLocArgs) > 0 {
			alert["loc-args"] = p.AlertLocArgs
		}
		payload["alert"] = alert
	case len(p.AlertLocArgs) > 0:
		return nil, errors.New("the arguments of a push notification need the key of a text")
	}
	setField(payload, "badge", p.Badge)
	if !p.ExpiresAt.IsZero() {
		payload["expiry"] = p.ExpiresAt.Unix()
	}
	if len(payload) == 0 {
		return nil, errors.New("the push notification is empty")
	}
	return payload, nil
}
