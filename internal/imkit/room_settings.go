package imkit

// RoomSettings are what [API.CreateRoom] and [API.UpdateRoom] send of a room. A
// nil field is not sent, and the server keeps its value; a pointer to "" or to an
// empty list clears it.
type RoomSettings struct {
	// Name, Cover (the URL of a picture) and Description are shown to members.
	Name, Cover, Description *string
	// Tags are the tags that all members see.
	Tags *[]string
	// Webhook gets the room's events, as long as BotMode is on.
	Webhook *Webhook
	BotMode *bool
	// ExtParams is a string in an encoding of the application's own.
	ExtParams *string
	// Owner is the id of a client.
	Owner *string

	// Open lets anybody join or invite.
	Open *bool
	// Frozen keeps the room, but nobody can write and no list shows it.
	Frozen *bool
	// Managers are ids of clients.
	Managers *[]string
}

// Later returns what [API.CreateRoom] does not send, because the call does not
// take it, for an [API.UpdateRoom] that follows.
func (s RoomSettings) Later() RoomSettings {
	return RoomSettings{Open: s.Open, Frozen: s.Frozen, Managers: s.Managers}
}

// people are the clients that the settings name.
func (s RoomSettings) people() []string {
	var ids []string
	if s.Owner != nil && *s.Owner != "" {
		ids = append(ids, *s.Owner)
	}
	if s.Managers != nil {
		ids = append(ids, *s.Managers...)
	}
	return ids
}

// atOnce returns the fields that creating a room takes.
func (s RoomSettings) atOnce() map[string]any {
	fields := map[string]any{}
	setField(fields, fieldName, s.Name)
	setField(fields, fieldCover, s.Cover)
	setField(fields, fieldDescription, s.Description)
	setList(fields, fieldTags, s.Tags)
	if s.Webhook != nil {
		fields[fieldWebhook] = s.Webhook.Reveal()
	}
	setField(fields, fieldBotMode, s.BotMode)
	setField(fields, fieldExtParams, s.ExtParams)
	setField(fields, fieldOwner, s.Owner)
	return fields
}

// all returns the fields that changing a room takes.
func (s RoomSettings) all() map[string]any {
	fields := s.atOnce()
	if s.Open != nil {
		fields[fieldOpening] = number(*s.Open)
	}
	if s.Frozen != nil {
		fields[fieldStatus] = number(!*s.Frozen)
	}
	setList(fields, fieldManagers, s.Managers)
	return fields
}

// secret is what no error of a call with these settings may repeat.
func (s RoomSettings) secret() Token {
	if s.Webhook == nil {
		return Token{}
	}
	return Token{s.Webhook.secret}
}

// setList sends an empty list as [], not as null.
func setList(fields map[string]any, name string, list *[]string) {
	if list != nil {
		fields[name] = append([]string{}, *list...)
	}
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}
