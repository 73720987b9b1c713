package sandbox

import (
	"cmp"
	"strings"
	"time"
)

// What a server made with the zero [Options] accepts. None of it opens any real server.
const (
	DefaultAPIKey    = "c2FuZGJveC1wbGF0Zm9ybS1hcGkta2V5LW5vdC1hLXNlY3JldA==" //nolint:gosec // a made-up key, public on purpose
	DefaultClientKey = "c2FuZGJveC1jbGllbnQta2V5"
	DefaultAppID     = "SampleApp"
)

// defaultGroupLimit is how many groups a list shows unless it is told otherwise. No page says it.
const defaultGroupLimit = 10

// DefaultTokenLifetime is how long an issued token lives unless [Options] says otherwise.
const DefaultTokenLifetime = 7 * 24 * time.Hour

// ErrorShape is how a server words its errors.
type ErrorShape int

// The error shapes that servers are known to use.
const (
	// ErrorEnveloped is {"RC":401,"RM":"Unauthorized","error":{"code":"INVALID_API_KEY","message":"..."}}.
	ErrorEnveloped ErrorShape = iota
	// ErrorFlat is {"error":"INVALID_API_KEY","message":"..."}.
	ErrorFlat
	// ErrorCodeOnly is {"RC":401,"RM":"..."}, where RM is the cause.
	ErrorCodeOnly
)

// Options says what a server accepts and in which of the known ways it behaves. The zero value is the
// common server of the vendor's current documentation.
type Options struct {
	// APIKey, ClientKey and AppID default to [DefaultAPIKey], [DefaultClientKey] and [DefaultAppID].
	APIKey, ClientKey, AppID string
	// BasePath is a path prefix, such as "/chat", as behind a reverse proxy.
	BasePath string
	// Now is where the clock starts from; nil means time.Now.
	Now func() time.Time
	// ClockSkew is how far the clock is ahead of that, as the header Date shows too.
	ClockSkew time.Duration
	// TokenLifetime is how long an issued token lives; 0 means [DefaultTokenLifetime].
	TokenLifetime time.Duration
	// Latency is a pause before every reply, cut short when the caller goes away.
	Latency time.Duration
	// RequestsPerMinute is the limit over which requests with the API key get 429; 0 means none.
	RequestsPerMinute int
	// LogLimit is how many requests the log keeps, the newest; 0 means all.
	LogLimit int

	// KeepTokensOnReissue leaves a client's older tokens alive when one is issued or bound; otherwise
	// that ends them.
	KeepTokensOnReissue bool
	// EchoBoundTokens shows a bound token and its expirationDate in the reply to the upsert that bound it.
	EchoBoundTokens bool
	// OpaqueTokens makes issued tokens random strings instead of JWTs.
	OpaqueTokens bool
	// OmitExpiration leaves expirationDate out of replies that issue a token.
	OmitExpiration bool
	// DropRevokeBody ends every token of the client where one is to be revoked, as behind a proxy that drops the
	// body of DELETE requests.
	DropRevokeBody bool
	// FlatReplies answers token calls without the RC envelope.
	FlatReplies bool

	// ForeignServer answers everything with the 404 page of a web server that is no chat server at all.
	ForeignServer bool
	// NoLookupRoute, NoRevokeRoute and NoMeRoute make GET /admin/clients, DELETE /admin/clients/{id}/token
	// and GET /me unknown to the server, as on older ones: 404 with an HTML page.
	NoLookupRoute, NoRevokeRoute, NoMeRoute bool

	// NoMessageRoutes makes POST /messages, POST /messages/batch and POST /push/push2clients unknown in the same way.
	NoMessageRoutes bool

	// RejectUnknownOnUpsert answers an upsert of a client that does not exist with 404 CLIENT_NOT_FOUND.
	RejectUnknownOnUpsert bool
	// RequireKnownClientForTokens does so for upserts that issue or bind a token only.
	RequireKnownClientForTokens bool
	// RejectExistingOnUpsert answers an upsert of a client that exists with 409 USER_EXISTS.
	RejectExistingOnUpsert bool

	// ClientsShownAfter is how much later, by the server's clock, look-ups show a new client.
	ClientsShownAfter time.Duration
	// HideMute leaves mute, the rooms that a client has muted, out of look-ups.
	HideMute bool
	// LookupFields, when set, are the only fields, besides _id, that look-ups show.
	LookupFields []string
	// IgnoreSkip and IgnoreLimit make look-ups treat that parameter as if it had not been given.
	IgnoreSkip, IgnoreLimit bool

	// RefuseUserLevel, when set, is the status, 401 or 403, with which user-level calls are refused to the API key:
	// those under /rooms/{id} and GET /config. Users with a token may make them all the same.
	RefuseUserLevel int
	// UnknownMemberStatus is the status with which a list of members is refused of which one does not exist or,
	// where it is to be removed, is not in the room; 0 means 400. UnnamedMembers does not say which one.
	UnknownMemberStatus int
	UnnamedMembers      bool

	// LowerCaseIDs keeps the ids of clients, groups, rooms and their members in lower case, whatever is sent.
	LowerCaseIDs bool

	// Store, when set, tells what is stored of a value of the application's own: a custom field of a client, a
	// property of a member, a key of the configuration. It gets decoded JSON with json.Number, must return the
	// like, and must not call the server.
	Store func(value any) any

	// Rooms, Groups and Config say how those are treated.
	Rooms  RoomOptions
	Groups GroupOptions
	Config ConfigOptions

	// ErrorShape is how errors are worded.
	ErrorShape ErrorShape
	// ErrorsUnder200 answers errors with HTTP 200 and an RC other than 0.
	ErrorsUnder200 bool
}

// withDefaults fills in what was left empty.
func (o Options) withDefaults() Options {
	o.APIKey = cmp.Or(o.APIKey, DefaultAPIKey)
	o.ClientKey = cmp.Or(o.ClientKey, DefaultClientKey)
	o.AppID = cmp.Or(o.AppID, DefaultAppID)
	o.TokenLifetime = cmp.Or(o.TokenLifetime, DefaultTokenLifetime)
	o.Groups.DefaultLimit = cmp.Or(o.Groups.DefaultLimit, defaultGroupLimit)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.BasePath = strings.Trim(o.BasePath, "/"); o.BasePath != "" {
		o.BasePath = "/" + o.BasePath
	}
	return o
}

// RoomOptions say in which of the known ways a server treats rooms.
type RoomOptions struct {
	// NoRoutes makes every call about rooms and their members unknown to the server, NoExistsRoute only
	// GET /rooms/{id}/exists: 404 with an HTML page.
	NoRoutes, NoExistsRoute bool

	// Overwrite makes a create of a room that is there put a new one in its place without a word; otherwise it
	// is refused with 409 ROOM_ALREADY_EXISTS.
	Overwrite bool
	// DeleteAnswersZero answers the deletion of a room that is not there with success and "n":0; otherwise it
	// is refused as every call about such a room.
	DeleteAnswersZero bool
	// MissingStatus is the status with which user-level calls about a room that is not there are refused: 403
	// on servers that tell nobody which rooms there are; 0 means 404.
	MissingStatus int
	// FrozenStatus, when set, is the status, 403 or 404, with which GET /rooms/{id} of a frozen room is refused.
	FrozenStatus int

	// Fields, when set, are the only fields, besides _id, that replies show of a room, but for the reply to its
	// creation, which always shows the few of the documented example. See [DocumentedRoomFields] and
	// [ListedRoomFields].
	Fields []string
	// PopulateReplies shows members and owner as client objects in the replies to changes too, as GET does;
	// otherwise as ids.
	PopulateReplies bool
	// HideRoles leaves the role out of memberProperties.
	HideRoles bool
	// ShowPlainRole shows the role of a member that is no admin as "member"; otherwise it has none.
	ShowPlainRole bool

	// OwnerIsMember makes whoever becomes the owner of a room a member of it.
	OwnerIsMember bool
	// ForgetLeavers ends the properties of a member together with the membership; otherwise they stay.
	ForgetLeavers bool
	// InviteByDefault takes adding a member for an invitation unless the request says invitationRequired false.
	// InviteAlways does so whatever the request says.
	InviteByDefault, InviteAlways bool
	// IgnoreAbsentMembers takes the removal of an id that is not in the room for done; otherwise nobody is
	// removed, and it is refused with the status of unknown members.
	IgnoreAbsentMembers bool

	// WriteDelay is a pause between the reading of a room and its writing by a change, in real time or that of
	// a testing/synctest bubble. The room is written whole: of two changes that overlap one is lost.
	WriteDelay time.Duration
}

// DocumentedRoomFields are what the example of the page on one room shows.
func DocumentedRoomFields() []string {
	return []string{
		"id", "appID", "description", "owner", "members", "memberProperties", "lastMessage", "unread", "isSuperuser",
	}
}

// ListedRoomFields are those and what the example of the page on lists of rooms has in addition.
func ListedRoomFields() []string {
	return append(DocumentedRoomFields(),
		"name", "cover", "roomType", "webhook", "botState", "botMode", "encrypted", "serviceStatus", "roomTags", "status",
		"createdTimeMS")
}

// GroupOptions say in which of the known ways a server treats user groups.
type GroupOptions struct {
	// NoRoutes makes every call about groups unknown to the server: 404 with an HTML page.
	NoRoutes bool

	// OnExisting is what a create of a group that is there does. The command's -update-groups is UpdateExisting.
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

// ConfigOptions say in which of the known ways a server treats the run-time configuration.
type ConfigOptions struct {
	// NoRoutes makes every call about the configuration unknown to the server: 404 with an HTML page.
	NoRoutes bool

	// Replace makes POST /config put what is sent in the place of everything; otherwise the keys that are not
	// sent stay.
	Replace bool
	// RefuseRead, when set, is the status, 401 or 403, with which GET /config is refused to the API key.
	RefuseRead int
	// ShownAfter is how much later, by the server's clock, GET /config shows what was written, as from a cache.
	ShownAfter time.Duration
	// IgnoreMissing takes the deletion of a key that is not there for done; otherwise it is 404 CONFIG_NOT_FOUND.
	IgnoreMissing bool
}
