package room

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"

	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

// Values of on_destroy.
const (
	onDestroyFreeze = "freeze"
	onDestroyDelete = "delete"
	onDestroyKeep   = "keep"
	// onDestroyThaw is of a room that an apply froze and that failed. Replaced, it is thawed.
	onDestroyThaw = "freeze, and thaw when replaced"
)

var onDestroyValues = []string{onDestroyFreeze, onDestroyDelete, onDestroyKeep}

func (r *roomResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	webhook := session.OptionalString("Where the server posts the room's events while `bot_mode` is on: a URL or, on a server with a URL prefix for webhooks (`WEBHOOK`, on premises), " +
		"a webhook key, a short name that is neither the API key nor the client key. Every member can see it: do not put secrets in it.")
	webhook.Sensitive = true
	resp.Schema = schema.Schema{
		MarkdownDescription: "Manages a group room and, if configured, its members.",
		Attributes: map[string]schema.Attribute{
			"id":          session.OptionalID("ID of the room: any string in Unicode NFC, except `\"\"`, `.` and `..`; at most 7 KiB when URL-encoded. Defaults to a UUID that the provider makes. Changing it replaces the resource.", tfvalue.RoomID),
			"name":        session.OptionalString("Name of the room. IMKIT documents no length limit."),
			"cover_url":   session.OptionalString("URL of the room's picture, `http` or `https`.", tfvalue.WebURLOrEmpty),
			"description": session.OptionalString("Description of the room."),
			"tags":        session.OptionalSet("Tags of the room, visible to all of its members.", stringvalidator.LengthAtLeast(1)),
			"member_ids":  session.OptionalSet("IDs of all clients and groups in the room, which must exist. Those added elsewhere are removed. The owner may be in the set or not.", tfvalue.ClientID),
			"owner_id": session.OptionalString("ID of the client that owns the room. Owner and managers may change and freeze the room, and delete messages; only the owner may ban members. "+
				"A new room has no owner by default. It can be changed, but not cleared.", tfvalue.ClientID),
			"manager_ids": session.OptionalSet("IDs of the room's managers, who have the owner's rights except for banning. "+
				"Independent of `role = \"admin\"` of `imkit_room_member`, which only lets a member manage the others.", tfvalue.ClientID),
			"webhook":         webhook,
			"bot_mode":        session.OptionalBool("Whether the room's bot, and with it `webhook`, is on. Defaults to `false` on the server."),
			"ext_params":      session.OptionalString("Parameters for the app, a string in the app's own encoding: `jsonencode({ topic = \"billing\" })` or `\"a=1&b=2\"`."),
			"open":            session.OptionalBool("Whether anybody may join the room or invite others. Defaults to `true` on the server."),
			"frozen":          session.OptionalBool("Whether the room is frozen: nobody can write in it, and it leaves its members' lists. Its messages are kept."),
			"system_messages": session.BoolSetting("Whether the server announces in the room that members join or leave through Terraform.", false),
			"adopt_existing":  session.AdoptExisting(session.NounRoom, "changing only what is configured"),
			"on_destroy":      session.OnDestroy("What happens to the room on destroy: `freeze` freezes it, `delete` deletes it with its whole history, `keep` leaves it as it is.", onDestroyValues, onDestroyFreeze),
			"app_id":          session.ReadOnlyString("ID of the room's application."),
		},
	}
}
