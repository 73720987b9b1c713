package session

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	actions "github.com/hashicorp/terraform-plugin-framework/action/schema"
	data "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/boolplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/setplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

// RequiredID is an attribute that says which object it is.
func RequiredID(description string, id validator.String) schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: description,
		Required:            true,
		PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
		Validators:          []validator.String{id},
	}
}

// OptionalString is an attribute that shows what the server has unless it is configured.
func OptionalString(description string, validators ...validator.String) schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: description,
		Optional:            true,
		Computed:            true,
		PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
		Validators:          validators,
	}
}

// OptionalID is [OptionalString] for an id that the provider makes where none is configured.
func OptionalID(description string, id validator.String) schema.StringAttribute {
	attribute := OptionalString(description, id)
	attribute.PlanModifiers = append(attribute.PlanModifiers, stringplanmodifier.RequiresReplace())
	return attribute
}

// ReadOnlyString is an attribute that cannot be configured and seldom changes.
func ReadOnlyString(description string) schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: description,
		Computed:            true,
		PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
	}
}

// OptionalBool is [OptionalString] for what is true or false.
func OptionalBool(description string) schema.BoolAttribute {
	return schema.BoolAttribute{
		MarkdownDescription: description,
		Optional:            true,
		Computed:            true,
		PlanModifiers:       []planmodifier.Bool{boolplanmodifier.UseStateForUnknown()},
	}
}

// OptionalSet is [OptionalString] for a set of strings.
func OptionalSet(description string, elements validator.String) schema.SetAttribute {
	return schema.SetAttribute{
		MarkdownDescription: description,
		CustomType:          tfvalue.NewLargeSetType(),
		ElementType:         types.StringType,
		Optional:            true,
		Computed:            true,
		PlanModifiers:       []planmodifier.Set{setplanmodifier.UseStateForUnknown()},
		Validators:          []validator.Set{setvalidator.NoNullValues(), setvalidator.ValueStringsAre(elements)},
	}
}

// BoolSetting is a setting of the resource itself, which no server knows.
func BoolSetting(description string, byDefault bool) schema.BoolAttribute {
	return schema.BoolAttribute{
		MarkdownDescription: fmt.Sprintf("%s Defaults to `%t`.", description, byDefault),
		Optional:            true,
		Computed:            true,
		Default:             booldefault.StaticBool(byDefault),
	}
}

// AdoptExisting is adopt_existing. how says what adopting an object does to it.
func AdoptExisting(noun Noun, how string) schema.BoolAttribute {
	return BoolSetting(fmt.Sprintf("Whether to adopt an existing %s, %s. Otherwise creating it is an error.",
		noun.Short, how), false)
}

// OnDestroy is the attribute on_destroy.
func OnDestroy(description string, values []string, byDefault string) schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: description + " Defaults to `" + byDefault + "`.",
		Optional:            true,
		Computed:            true,
		Default:             stringdefault.StaticString(byDefault),
		Validators:          []validator.String{stringvalidator.OneOf(values...)},
	}
}

// ActionClientIDs is the attribute client_ids of an action.
func ActionClientIDs() actions.SetAttribute {
	return actions.SetAttribute{
		MarkdownDescription: "IDs of the clients, at least one.",
		CustomType:          tfvalue.NewLargeSetType(),
		ElementType:         types.StringType,
		Required:            true,
		Validators:          []validator.Set{setvalidator.SizeAtLeast(1), setvalidator.NoNullValues(), setvalidator.ValueStringsAre(tfvalue.ClientID)},
	}
}

// ComputedString is an attribute of a data source that the server fills in.
func ComputedString(description string) data.StringAttribute {
	return data.StringAttribute{MarkdownDescription: description, Computed: true}
}
