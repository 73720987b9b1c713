package config

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/provider/session"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

type configList struct{ session.ListResource }

// NewList makes the list resource imkit_config.
func NewList() list.ListResource {
	return &configList{session.ListResource{Resource: session.Resource{Name: "config"}}}
}

func (l *configList) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the keys of the run-time configuration for `terraform query` (Terraform 1.14 and later).",
	}
}

// List yields the keys in their order.
func (l *configList) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	stream.Results = l.Results(ctx, req, session.NounConfig, func(yield func(session.Listed, error) bool) {
		all, err := l.Session.API.GetConfig(ctx)
		if err != nil {
			yield(session.Listed{}, err)
			return
		}
		for _, key := range slices.Sorted(maps.Keys(all)) {
			if !yield(listed(key, all[key]), nil) {
				return
			}
		}
	})
}

func listed(key string, reported any) session.Listed {
	object := session.Listed{ID: key}
	value, err := tfvalue.Refresh(types.DynamicNull(), reported)
	text, isText := reported.(string)
	switch {
	case err != nil:
		object.Unfit = fmt.Errorf("its value cannot be kept in state: %w", err)
	case reported == nil:
		object.Unfit = errors.New("its value is null, which imkit_config does not support")
	case !tfvalue.HasNFCNames(reported):
		object.Unfit = errors.New("a name in its value is " + session.NotNFC)
	case isText && !tfvalue.GeneratesText(text), !tfvalue.GeneratesJSON(reported):
		object.Unfit = errors.New("its value has an object whose first field is named \"for\", which Terraform cannot write as configuration. " +
			"To import it, write the import block and the resource by hand")
	}
	object.Resource = configModel{Key: types.StringValue(key), Value: value}
	return object
}
