package sandbox

import (
	"strings"
	"time"
)

// What a server made with the zero [Options] accepts. None of it opens any real server.
const (
	DefaultAPIKey    = "c2FuZGJveC1wbGF0Zm9ybS1hcGkta2V5LW5vdC1hLXNlY3JldA==" //nolint:gosec // a made-up key, public on purpose
	DefaultClientKey = "c2FuZGJveC1jbGllbnQta2V5"
	DefaultAppID     = "SampleApp"
)

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

	// HideMute leaves mute, the rooms that a client has muted, out of look-ups.
	HideMute bool
	// LookupFields, when set, are the only fields, besides _id, that look-ups show.
	LookupFields []string
	// IgnoreSkip and IgnoreLimit make look-ups treat that parameter as if it had not been given.
	IgnoreSkip, IgnoreLimit bool

	// RefuseUserLevel, when set, is the status, 401 or 403, with which user-level calls are refused to the API key:
	// those under /rooms/{id} and GET /config.
	RefuseUserLevel int
	// UnknownMemberStatus is the status with which a list of members is refused of which one does not exist or,
	// where it is to be removed, is not in the room; 0 means 400. UnnamedMembers does not say which one.
	UnknownMemberStatus int
	UnnamedMembers      bool

	// LowerCaseIDs keeps the ids of rooms and of their members in lower case, whatever is sent.
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
	if o.APIKey == "" {
		o.APIKey = DefaultAPIKey
	}
	if o.ClientKey == "" {
		o.ClientKey = DefaultClientKey
	}
	if o.AppID == "" {
		o.AppID = DefaultAppID
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.TokenLifetime == 0 {
		o.TokenLifetime = DefaultTokenLifetime
	}
	if o.Groups.DefaultLimit == 0 {
		o.Groups.DefaultLimit = defaultGroupLimit
	}
	if o.BasePath = strings.Trim(o.BasePath, "/"); o.BasePath != "" {
		o.BasePath = "/" + o.BasePath
	}
	return o
}
