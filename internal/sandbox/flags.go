package sandbox

import (
	"flag"
	"fmt"
	"strconv"
)

// Flags are the switches for what servers differ in, by which -h and the check of a server call them.
func Flags(flags *flag.FlagSet, o *Options) {
	flags.DurationVar(&o.TokenLifetime, "token-lifetime", DefaultTokenLifetime, "how long issued tokens live")
	flags.DurationVar(&o.ClockSkew, "clock-skew", 0, "how far the server's clock, and with it the header Date, is ahead of real time")
	flags.DurationVar(&o.Latency, "latency", 0, "pause before every reply")
	flags.IntVar(&o.RequestsPerMinute, "requests-per-minute", 0, "rate limit; 0 is none")
	flags.BoolVar(&o.KeepTokensOnReissue, "keep-tokens", false, "keep a client's older tokens alive when it gets another")
	flags.BoolVar(&o.EchoBoundTokens, "echo-bound-tokens", false, "show bound tokens in the reply")
	flags.BoolVar(&o.OpaqueTokens, "opaque-tokens", false, "issue random strings instead of JWTs")
	flags.BoolVar(&o.OmitExpiration, "omit-expiration", false, "issue tokens without telling their expirationDate")
	flags.BoolVar(&o.FlatReplies, "flat-replies", false, "answer token calls without the RC envelope")
	flags.BoolVar(&o.DropRevokeBody, "drop-revoke-body", false, "end every token of the client where one is to be revoked")
	flags.BoolVar(&o.NoLookupRoute, "no-lookup-route", false, "do not have GET /admin/clients")
	flags.BoolVar(&o.NoRevokeRoute, "no-revoke-route", false, "do not have DELETE /admin/clients/{id}/token")
	flags.BoolVar(&o.NoMeRoute, "no-me-route", false, "do not have GET /me")
	flags.BoolVar(&o.RequireKnownClientForTokens, "known-clients-only", false, "refuse tokens for clients that do not exist")
	flags.BoolVar(&o.ErrorsUnder200, "errors-under-200", false, "answer errors with HTTP 200 and an RC other than 0")
	flags.BoolVar(&o.ForeignServer, "foreign-server", false, "be a web server that is no chat server: 404 and a page for everything")
	status(flags, &o.RefuseUserLevel, "refuse-user-level", "refuse user-level calls to the API key", 401, 403)
	flags.DurationVar(&o.ClientsShownAfter, "clients-shown-after", 0, "how much later look-ups show a new client")
	flags.BoolVar(&o.HideMute, "hide-mute", false, "look clients up without the rooms they have muted")
	flags.BoolVar(&o.LowerCaseIDs, "lower-case-ids", false, "keep ids in lower case, whatever is sent")
	flags.BoolVar(&o.NoMessageRoutes, "no-message-routes", false, "do not have the calls that send messages and push notifications")
	roomFlags(flags, &o.Rooms)
	groupFlags(flags, &o.Groups)
	configFlags(flags, &o.Config)
}

func roomFlags(flags *flag.FlagSet, o *RoomOptions) {
	flags.BoolVar(&o.NoRoutes, "no-room-routes", false, "do not have the calls about rooms")
	flags.BoolVar(&o.NoExistsRoute, "no-exists-route", false, "do not have GET /rooms/{id}/exists")
	flags.BoolFunc("little-rooms", "show no more of a room than the documented example does", func(on string) error {
		little, err := strconv.ParseBool(on)
		if o.Fields = nil; little {
			o.Fields = DocumentedRoomFields()
		}
		return err
	})
	flags.BoolVar(&o.HideRoles, "hide-roles", false, "show rooms without the roles of their members")
	flags.BoolVar(&o.OwnerIsMember, "owner-is-member", false, "make the owner of a room a member of it")
	flags.BoolVar(&o.ForgetLeavers, "forget-leavers", false, "end the properties of a member that leaves a room")
	flags.BoolVar(&o.InviteByDefault, "invite-by-default", false, "take an added member for an invited one unless the request says otherwise")
	flags.BoolVar(&o.InviteAlways, "invite-always", false, "take every added member for an invited one")
	status(flags, &o.MissingStatus, "missing-room-status", "refuse calls about rooms that are not there", 403, 404)
	status(flags, &o.FrozenStatus, "frozen-room-status", "refuse to show frozen rooms", 403, 404)
	flags.DurationVar(&o.WriteDelay, "room-write-delay", 0, "pause between reading a room and writing it back; changes that overlap are lost")
}

func groupFlags(flags *flag.FlagSet, o *GroupOptions) {
	flags.BoolVar(&o.NoRoutes, "no-group-routes", false, "do not have the calls about user groups")
	o.OnExisting = UpdateExisting
	flags.BoolFunc("update-groups", "take a second create of a group for an update; -update-groups=false refuses it (default true)",
		func(on string) error {
			update, err := strconv.ParseBool(on)
			if o.OnExisting = RefuseExisting; update {
				o.OnExisting = UpdateExisting
			}
			return err
		})
	flags.BoolVar(&o.MergeMembers, "merge-group-members", false, "add the members of an update to those the group has")
}

func configFlags(flags *flag.FlagSet, o *ConfigOptions) {
	flags.BoolVar(&o.NoRoutes, "no-config-routes", false, "do not have the calls about the run-time configuration")
	flags.BoolVar(&o.Replace, "replace-config", false, "let a write of the configuration replace everything")
	status(flags, &o.RefuseRead, "refuse-config-read", "refuse GET /config to the API key", 401, 403)
	flags.DurationVar(&o.ShownAfter, "config-shown-after", 0, "how much later reads show what was written to the configuration")
}

// status is a flag for the HTTP status of a refusal, which must be one of two.
func status(flags *flag.FlagSet, value *int, name, what string, one, other int) {
	wrong := fmt.Errorf("must be %d or %d", one, other)
	flags.Func(name, fmt.Sprintf("%s with this `status`, %d or %d", what, one, other), func(text string) error {
		n, err := strconv.Atoi(text)
		if err != nil || n != one && n != other {
			return wrong
		}
		*value = n
		return nil
	})
}
