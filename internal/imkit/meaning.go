package imkit

import "errors"

// meaning is what a failed call turned out to mean, when that takes more than
// its status to tell.
type meaning int

const (
	keyNotAllowed meaning = iota
	roomHidden
	roomUnclear
	listShort
	listChanges
	cannotChange
	configLost
	membersHidden
)

// explained is an error of a call together with its meaning.
type explained struct {
	meaning meaning
	says    string
	err     error
}

// Error says what it means, and then what went wrong.
func (e *explained) Error() string { return e.says + ": " + e.err.Error() }

// Unwrap returns the error of the call.
func (e *explained) Unwrap() error { return e.err }

func means(err error, m meaning) bool {
	e, ok := errors.AsType[*explained](err)
	return ok && e.meaning == m
}

// IsKeyNotAllowed reports whether the server does not let the API key make this
// call, although it lets it make administrator's calls. The documentation says
// that the key may call everything; a server on premises can restrict it.
// [IsUnauthorized] is true as well.
func IsKeyNotAllowed(err error) bool { return means(err, keyNotAllowed) }

// IsRoomHidden reports whether a room exists that the server does not show: it
// may be frozen.
func IsRoomHidden(err error) bool { return means(err, roomHidden) }

// IsRoomUnclear reports whether the server refuses a call about a room in the way it
// does both for one that does not exist and for one that the API key may not see, and
// has no call that tells which.
func IsRoomUnclear(err error) bool { return means(err, roomUnclear) }

// IsListShort reports whether the server lists fewer than it says that there are,
// so that what is missing is not known to be gone.
func IsListShort(err error) bool { return means(err, listShort) }

// IsListChanging reports whether what matches changed each time that it was listed,
// so that some of it may be missing.
func IsListChanging(err error) bool { return means(err, listChanges) }

// IsCannotChange reports whether the server refuses to change what exists, or does
// something else than it was asked.
func IsCannotChange(err error) bool { return means(err, cannotChange) }

// IsConfigLost reports whether writing a key of the run-time configuration may have
// made the server lose others, which could not be put back.
func IsConfigLost(err error) bool { return means(err, configLost) }

// IsMembersHidden reports whether members were added with success, as the server
// says, which shows nobody who is in the room: whether they joined is not known.
func IsMembersHidden(err error) bool { return means(err, membersHidden) }
