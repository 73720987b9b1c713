package room

import (
	"slices"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

// beginning is how the life of a resource begins.
type beginning int

// How it may begin.
const (
	// makeRoom is a room that is not there yet.
	makeRoom beginning = iota
	// takeOver is one that exists, and that the configuration says to adopt.
	takeOver
	// takeBack is one whose resource this run destroyed: it is replaced.
	takeBack
	// refuse is one that exists, and is somebody else's.
	refuse
)

// begin says how a resource begins whose room exists or not. released tells that
// this run destroyed a resource of the room, and adopt that the configuration
// takes over what exists.
func begin(exists, released, adopt bool) beginning {
	switch {
	case !exists:
		return makeRoom
	case released:
		return takeBack
	case adopt:
		return takeOver
	}
	return refuse
}

// operation is what is tried, in messages.
func (b beginning) operation() string {
	switch b {
	case takeOver:
		return "take over"
	case takeBack:
		return "replace"
	default:
		return "create"
	}
}

// leftBehind is on_destroy in the state of a room that was begun and not
// finished, and is therefore tainted. Terraform replaces it, and nothing but
// attributes of it reaches the provider then; so on_destroy says what does no
// harm. People may have written in it, so it is not deleted. One that this run
// froze, and did not thaw, is to be thawed by whatever replaces it.
func leftBehind(onDestroy string, frozenByUs bool) string {
	switch {
	case frozenByUs:
		return onDestroyThaw
	case onDestroy == onDestroyDelete:
		return onDestroyFreeze
	}
	return onDestroy
}

// action is what a step does.
type action int

// What there is to do to a room.
const (
	nothing action = iota
	create
	look // at who is in the room
	set
	join
	leave
	complete // what is known of a new room
)

// step is one call on the way to what is planned.
type step struct {
	tfvalue.Redacted
	action   action
	settings imkit.RoomSettings
	// members join or leave, or are in the room from its creation.
	members []string
}

// progress is how far a room has come on the way to what is planned.
type progress struct {
	tfvalue.Redacted
	// there tells whether there is a room, and isNew that it was made on the way.
	there, isNew bool
	// known is what it is as far as anybody said: what is null is not known. Of a
	// configured attribute it is what was sent, once that has been.
	known roomModel
	// looked tells that the server was asked about the room.
	looked bool
	// listed is whom the server listed last; nil where it did not.
	listed []string
	// formerOwner has lost the room on the way, and may be a member.
	formerOwner string
	// invited were to join, and were only invited.
	invited []string
}

// progressOf is how far a room has come that was there before; nil is one that
// was not.
func progressOf(room *imkit.Room) progress {
	p := progress{there: room != nil, known: nothingKnown()}
	if !p.there {
		return p
	}
	p.known.refresh(room)
	if room.Members.Reported {
		p.listed = memberIDs(room)
	}
	return p
}

// next is the next step on the way, until there is nothing left to do: it has no
// other memory than the progress. Everything that changes of the settings goes
// out in one call. Whoever comes is there before that names an owner or managers,
// and whoever goes leaves after it; but a room is thawed before anything else is
// done in it, and frozen at the very end. Only what names people who were invited
// comes later still.
func next(plan, config roomModel, p progress) step {
	settings := plan.changes(config, p.known)
	if !p.there {
		return step{action: create, settings: settings, members: some(p.comers(plan, config))}
	}
	change := step{action: set, settings: p.unnamed(settings)}
	changes := settings != imkit.RoomSettings{}
	freezes := settings.Frozen != nil && *settings.Frozen
	thaws := settings.Frozen != nil && !*settings.Frozen
	if changes && thaws {
		if names := settings.Owner != nil || settings.Managers != nil; names && len(p.comers(plan, config)) > 0 {
			change.settings = imkit.RoomSettings{Frozen: settings.Frozen} // whoever they are has to come first
		}
		return change
	}
	if !config.MemberIDs.IsNull() && p.known.MemberIDs.IsNull() && !p.looked {
		return step{action: look}
	}
	if comers := p.comers(plan, config); len(comers) > 0 {
		return step{action: join, members: some(comers)}
	}
	if changes && !freezes {
		return change
	}
	if settings.Owner != nil { // the one until now may have to go before the room is frozen
		settings.Frozen = nil
		change.settings = p.unnamed(settings)
		return change
	}
	if goers := p.goers(plan, config); len(goers) > 0 {
		return step{action: leave, members: some(goers)}
	}
	if changes {
		return change
	}
	if p.isNew && !p.looked && p.defaultsUnknown(config) {
		return step{action: complete}
	}
	return step{action: nothing}
}

// unnamed are those settings that do not name anybody who was only invited, or all of
// them where no other is left.
func (p progress) unnamed(settings imkit.RoomSettings) imkit.RoomSettings {
	rest := settings
	if rest.Owner != nil && slices.Contains(p.invited, *rest.Owner) {
		rest.Owner = nil
	}
	if rest.Managers != nil && len(without(*rest.Managers, p.invited)) < len(*rest.Managers) {
		rest.Managers = nil
	}
	if rest == (imkit.RoomSettings{}) {
		return settings
	}
	return rest
}

// defaultsUnknown tells whether the server said nothing of what it gives to every
// new room, and whose reply to the creation leaves it out. Without another look,
// the first refresh would bring it as news.
func (p progress) defaultsUnknown(config roomModel) bool {
	return config.BotMode.IsNull() && p.known.BotMode.IsNull() ||
		config.Open.IsNull() && p.known.Open.IsNull() ||
		config.Frozen.IsNull() && p.known.Frozen.IsNull()
}

// comers are the members that are planned and neither in the room nor invited to it.
func (p progress) comers(plan, config roomModel) []string {
	if config.MemberIDs.IsNull() {
		return nil
	}
	return without(plan.MemberIDs.Strings(), append(p.known.MemberIDs.Strings(), p.invited...))
}

// goers are those in the room that are not planned, the owner aside. Who was the
// owner until now may be in it without having been among the members.
func (p progress) goers(plan, config roomModel) []string {
	if config.MemberIDs.IsNull() {
		return nil
	}
	in := p.known.MemberIDs.Strings()
	if p.formerOwner != "" && !slices.Contains(in, p.formerOwner) {
		in = append(in, p.formerOwner)
	}
	goers := without(in, append(plan.MemberIDs.Strings(), p.known.OwnerID.ValueString()))
	if p.listed != nil {
		goers = without(goers, without(goers, p.listed))
	}
	return goers
}

// some are as many members as go into one call.
func some(ids []string) []string { return ids[:min(len(ids), imkit.MaxMembers)] }

// reported takes in what the server says of the room.
func (p *progress) reported(config roomModel, room *imkit.Room) {
	p.known.refreshUnmanaged(config, room)
	if room.Members.Reported {
		p.listed = memberIDs(room)
		if p.known.MemberIDs.IsNull() {
			p.known.MemberIDs = tfvalue.NewLargeSet(p.listed)
		}
	}
}

// took notes that settings were sent and taken.
func (p *progress) took(s imkit.RoomSettings) {
	if was := p.known.OwnerID.ValueString(); s.Owner != nil && *s.Owner != was {
		p.formerOwner = was
	}
	p.known.took(s)
}

// joined notes that these are in the room.
func (p *progress) joined(ids []string) {
	p.known.MemberIDs = tfvalue.NewLargeSet(append(p.known.MemberIDs.Strings(), ids...))
}

// left notes that these are not in the room.
func (p *progress) left(ids []string) {
	p.known.MemberIDs = tfvalue.NewLargeSet(without(p.known.MemberIDs.Strings(), ids))
	if slices.Contains(ids, p.formerOwner) {
		p.formerOwner = ""
	}
}
