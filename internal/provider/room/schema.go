package room

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/boolplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/setplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

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

// What an attribute means that is not configured.
const (
	notManaged = " Not configured, it is not managed and shows what the server has."
	clearable  = notManaged + " Set it to `\"\"` to clear it."
	emptiable  = notManaged + " Set it to `[]` to clear it."
)

func (r *roomResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	id := textAttribute("ID of the room, any string that is not empty. Not configured, the provider makes one, a UUID. Changing it replaces the resource.", tfvalue.RoomID)
	id.PlanModifiers = append(id.PlanModifiers, stringplanmodifier.RequiresReplace())
	webhook := textAttribute("Key or URL of what gets the room's events, as long as `bot_mode` is on. " +
		"Lists of rooms show it to every member, so a secret in its URL is none." + clearable)
	webhook.Sensitive = true
	members := setAttribute("IDs of the clients and groups that are members of the room: these and no others, but for the owner, whom a server may count among them. "+
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
			"name":        textAttribute("Name of the room." + clearable),
			"cover_url":   textAttribute("URL of the room's picture, `http` or `https`."+clearable, tfvalue.WebURLOrEmpty),
			"description": textAttribute("Description of the room." + clearable),
			"tags":        setAttribute("Tags of the room, which all of its members see."+emptiable, stringvalidator.LengthAtLeast(1)),
			"member_ids":  members,
			"owner_id":    textAttribute("ID of the client that owns the room."+notManaged, tfvalue.ClientID),
			"manager_ids": setAttribute("IDs of the clients that manage the room."+emptiable, tfvalue.ClientID),
			"webhook":     webhook,
			"bot_mode":    flagAttribute("Whether the room's bot is on."),
			"ext_params": textAttribute("Parameters of the app's own for the room, a string that is kept as it is, in the app's own encoding: " +
				"`jsonencode({ topic = \"billing\" })` or `\"a=1&b=2\"`." + clearable),
			"open":   flagAttribute("Whether anybody may join the room, or invite others."),
			"frozen": flagAttribute("Whether the room is frozen: it is kept with all of its messages, but nobody can write in it, and it leaves its members' lists."),
			"system_messages": schema.BoolAttribute{
				MarkdownDescription: "Whether the room is told of members that join or leave because of Terraform. Defaults to `false`.",
				Optional:            true,
				Computed:            true,
				Default:             booldefault.StaticBool(false),
			},
			"adopt_existing": session.AdoptExisting(session.NounRoom, "changes only what is configured"),
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

// textAttribute, flagAttribute and setAttribute show what the server has where they are
// not configured.
func textAttribute(description string, validators ...validator.String) schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: description,
		Optional:            true,
		Computed:            true,
		PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
		Validators:          validators,
	}
}

func flagAttribute(description string) schema.BoolAttribute {
	return schema.BoolAttribute{
		MarkdownDescription: description + notManaged,
		Optional:            true,
		Computed:            true,
		PlanModifiers:       []planmodifier.Bool{boolplanmodifier.UseStateForUnknown()},
	}
}

func setAttribute(description string, elements validator.String) schema.SetAttribute {
	return schema.SetAttribute{
		MarkdownDescription: description,
		ElementType:         types.StringType,
		Optional:            true,
		Computed:            true,
		PlanModifiers:       []planmodifier.Set{setplanmodifier.UseStateForUnknown()},
		Validators:          []validator.Set{setvalidator.NoNullValues(), setvalidator.ValueStringsAre(elements)},
	}
}
