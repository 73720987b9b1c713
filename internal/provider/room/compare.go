package room

import (
	"slices"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

// compare names the attributes of which a room has another value than the
// settings; unreported says whether one that it does not mention is the same.
// With it, they are what the server did not keep; without it, what sending the
// settings may change.
func compare(s imkit.RoomSettings, room *imkit.Room, unreported bool) []string {
	webhook := imkit.Field[string]{Reported: room.Webhook.Reported}
	var sentWebhook *string
	if s.Webhook != nil {
		text := s.Webhook.Reveal()
		sentWebhook, webhook = &text, revealed(room.Webhook)
	}
	var names []string
	for _, attribute := range []struct {
		name string
		same bool
	}{
		{"bot_mode", tfvalue.SameField(s.BotMode, room.BotMode, unreported)},
		{"cover_url", tfvalue.SameField(s.Cover, room.Cover, unreported)},
		{"description", tfvalue.SameField(s.Description, room.Description, unreported)},
		{"ext_params", tfvalue.SameField(s.ExtParams, room.ExtParams, unreported)},
		{"frozen", tfvalue.SameField(s.Frozen, room.Frozen, unreported)},
		{"manager_ids", sameSet(s.Managers, room.Managers, unreported)},
		{"name", tfvalue.SameField(s.Name, room.Name, unreported)},
		{"open", tfvalue.SameField(s.Open, room.Open, unreported)},
		{"owner_id", tfvalue.SameField(s.Owner, room.Owner, unreported)},
		{"tags", sameSet(s.Tags, room.Tags, unreported)},
		{"webhook", tfvalue.SameField(sentWebhook, webhook, unreported)},
	} {
		if !attribute.same {
			names = append(names, attribute.name)
		}
	}
	return names
}

// sameSet is [tfvalue.SameField] for a set.
func sameSet(sent *[]string, got imkit.Field[[]string], unreported bool) bool {
	switch {
	case sent == nil:
		return true
	case !got.Reported:
		return unreported
	case got.Value == nil:
		return len(*sent) == 0
	}
	return slices.Equal(sorted(*sent), sorted(*got.Value))
}

// sorted is the elements in order, each once.
func sorted(elements []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(elements)))
}
