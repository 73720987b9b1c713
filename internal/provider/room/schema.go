package room

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

// Values of on_destroy.
const (
	onDestroyFreeze = "freeze"
	onDestroyDelete = "delete"
	onDestroyKeep   = "keep"
	// onDestroyThaw is only in the state of a room that the provider froze, or may have
	// frozen, in an apply that failed. Replaced, it is thawed.
	onDestroyThaw = "freeze, and thaw when replaced"
)

var onDestroyValues = []string{onDestroyFreeze, onDestroyDelete, onDestroyKeep}

// emptiable is [session.Clearable] of a set.
const emptiable = session.NotManaged + " Set it to `[]` to clear it."

func (r *roomResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	id := session.OptionalString("ID of the room, any string that is not empty. Not configured, the provider makes one, a UUID. Changing it replaces the resource.", tfvalue.RoomID)
	id.PlanModifiers = append(id.PlanModifiers, stringplanmodifier.RequiresReplace())
	webhook := session.OptionalString("Key or URL of what gets the room's events, as long as `bot_mode` is on. " +
		"Lists of rooms show it to every member, so a secret in its URL is none." + session.Clearable)
	webhook.Sensitive = true
	members := session.OptionalSet("IDs of the clients and groups that are members of the room: these and no others, but for the owner, whom a server may count among them. "+
		"Not configured, the members are not managed, and it shows who they are.", tfvalue.ClientID)
	members.CustomType = tfvalue.NewLargeSetType()
	resp.Schema = schema.Schema{
		MarkdownDescription: "Manages a group room: its settings, and its members where they are configured. " +
			"Rooms of two people are made by the app as they begin to talk, and are not managed.\n\n" +
			"Only what is configured is managed. " +
			fmt.Sprintf("Members come and go in calls of at most %d, and one change of a room is made at a time.\n\n", imkit.MaxMembers) +
			"Either `member_ids` owns the members of a room, all of them, or `imkit_room_member` resources own one each. " +
			"Do not use both for the same room: each would undo what the other does.",
		Attributes: map[string]schema.Attribute{
			"id":          id,
			"name":        session.OptionalString("Name of the room." + session.Clearable),
			"cover_url":   session.OptionalString("URL of the room's picture, `http` or `https`."+session.Clearable, tfvalue.WebURLOrEmpty),
			"description": session.OptionalString("Description of the room." + session.Clearable),
			"tags":        session.OptionalSet("Tags of the room, which all of its members see."+emptiable, stringvalidator.LengthAtLeast(1)),
			"member_ids":  members,
			"owner_id":    session.OptionalString("ID of the client that owns the room."+session.NotManaged, tfvalue.ClientID),
			"manager_ids": session.OptionalSet("IDs of the clients that manage the room."+emptiable, tfvalue.ClientID),
			"webhook":     webhook,
			"bot_mode":    session.OptionalBool("Whether the room's bot is on." + session.NotManaged),
			"ext_params": session.OptionalString("Parameters of the app's own for the room, a string that is kept as it is, in the app's own encoding: " +
				"`jsonencode({ topic = \"billing\" })` or `\"a=1&b=2\"`." + session.Clearable),
			"open":            session.OptionalBool("Whether anybody may join the room, or invite others." + session.NotManaged),
			"frozen":          session.OptionalBool("Whether the room is frozen: it is kept with all of its messages, but nobody can write in it, and it leaves its members' lists." + session.NotManaged),
			"system_messages": session.BoolSetting("Whether the room is told of members that join or leave because of Terraform.", false),
			"adopt_existing":  session.AdoptExisting(session.NounRoom, "changes only what is configured"),
			"on_destroy": session.OnDestroy("What happens to the room on destroy. "+
				"`freeze` loses nothing and can be undone: nobody can write in the room any more, and it leaves its members' lists. "+
				"`delete` deletes the room with its whole history, for ever. `keep` leaves it as it is.", onDestroyValues, onDestroyFreeze),
			"app_id": schema.StringAttribute{
				MarkdownDescription: "ID of the application that the room belongs to.",
				Computed:            true,
				PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			},
		},
	}
}
