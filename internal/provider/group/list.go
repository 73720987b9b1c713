package group

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

type groupList struct{ session.ListResource }

// NewList makes the list resource imkit_group.
func NewList() list.ListResource {
	return &groupList{session.ListResource{Resource: session.Resource{Name: "group"}}}
}

func (l *groupList) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists user groups for `terraform query` (Terraform 1.14 and later).",
	}
}

// List yields the groups, in the order of their ids.
func (l *groupList) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	stream.Results = l.Results(ctx, req, session.NounGroup, func(yield func(session.Listed, error) bool) {
		groups, err := l.Session.API.ListGroups(ctx)
		if err != nil {
			yield(session.Listed{}, err)
			return
		}
		for _, group := range groups {
			if !yield(listed(group), nil) {
				return
			}
		}
	})
}

// listed is a group as an import would have it. What Terraform cannot write is left out.
func listed(group *imkit.Group) session.Listed {
	model := groupModel{groupFields: fieldsOf(group)}
	object := session.Listed{ID: group.ID, Name: model.Nickname.ValueString()}
	switch {
	case model.Nickname.ValueString() == "":
		object.Unfit = errors.New("it has no nickname, which imkit_group requires")
	case !tfvalue.GeneratesText(model.Nickname.ValueString()):
		object.Unfit = errors.New("its nickname is JSON that Terraform cannot write as configuration")
	}
	if url := model.AvatarURL.ValueString(); !tfvalue.IsWebURL(url) || !tfvalue.GeneratesText(url) {
		object.LeftOut = append(object.LeftOut, "avatar_url")
		model.AvatarURL = types.StringNull()
	}
	object.Resource = model
	return object
}
