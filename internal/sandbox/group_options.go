package sandbox

import "time"

// GroupOptions say in which of the known ways a server treats user groups.
type GroupOptions struct {
	// NoRoutes makes every call about groups unknown to the server: 404 with an HTML page.
	NoRoutes bool

	// OnExisting is what a create of a group that is there does.
	OnExisting ExistingGroup
	// MergeMembers makes an update add the members sent to those the group has; otherwise it replaces them.
	MergeMembers bool
	// ClearLeftOut makes an update clear the fields that it does not send; otherwise they stay.
	ClearLeftOut bool

	// DefaultLimit is how many groups a list shows that is asked for without a limit; 0 means 10.
	DefaultLimit int
	// ListCap, when set, is how many groups a list shows at most, whatever the limit. Its totalCount counts all.
	ListCap int
	// ListedAfter is how much later, by the server's clock, a list shows a group that was made or changed.
	ListedAfter time.Duration
	// LowerCaseIDs makes the server keep the ids of groups in lower case.
	LowerCaseIDs bool
	// InLookup shows groups among the clients that are looked up.
	InLookup bool
}

// ExistingGroup is what happens to a group that is created once more.
type ExistingGroup int

// What servers are known to do.
const (
	// RefuseExisting answers 409 GROUP_ALREADY_EXISTS.
	RefuseExisting ExistingGroup = iota
	// UpdateExisting takes the create for an update.
	UpdateExisting
	// IgnoreExisting answers as if it had been one, and changes nothing.
	IgnoreExisting
)
