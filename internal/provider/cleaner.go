package provider

import (
	"context"
	"reflect"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

// cleaner is the framework's server, and makes what it says fit for the terminal:
// [tfvalue.Shown]. Much of it is the words of others: names, ids and messages of the chat
// server.
type cleaner struct{ framework }

func clean(diags []*tfprotov6.Diagnostic) {
	for _, d := range diags {
		d.Summary, d.Detail = tfvalue.OneLine(d.Summary), tfvalue.Shown(d.Detail)
	}
}

// cleaned is a response with clean diagnostics.
func cleaned[T any](resp *T, err error) (*T, error) {
	if err == nil {
		diags, _ := reflect.ValueOf(resp).Elem().FieldByName("Diagnostics").Interface().([]*tfprotov6.Diagnostic)
		clean(diags)
	}
	return resp, err
}

// What follows is every call of the protocol that has something of a configuration, a
// state or the chat server to talk about.

func (c cleaner) CallFunction(ctx context.Context, req *tfprotov6.CallFunctionRequest) (*tfprotov6.CallFunctionResponse, error) {
	resp, err := c.framework.CallFunction(ctx, req)
	if err == nil && resp.Error != nil {
		resp.Error.Text = tfvalue.Shown(resp.Error.Text)
	}
	return resp, err
}

func (c cleaner) ListResource(ctx context.Context, req *tfprotov6.ListResourceRequest) (*tfprotov6.ListResourceServerStream, error) {
	stream, err := c.framework.ListResource(ctx, req)
	if err != nil {
		return nil, err
	}
	return &tfprotov6.ListResourceServerStream{Results: func(push func(tfprotov6.ListResourceResult) bool) {
		for result := range stream.Results {
			clean(result.Diagnostics)
			if !push(result) {
				return
			}
		}
	}}, nil
}

func (c cleaner) InvokeAction(ctx context.Context, req *tfprotov6.InvokeActionRequest) (*tfprotov6.InvokeActionServerStream, error) {
	stream, err := c.framework.InvokeAction(ctx, req)
	if err != nil {
		return nil, err
	}
	return &tfprotov6.InvokeActionServerStream{Events: func(push func(tfprotov6.InvokeActionEvent) bool) {
		for event := range stream.Events {
			switch e := event.Type.(type) {
			case tfprotov6.ProgressInvokeActionEventType:
				event.Type = tfprotov6.ProgressInvokeActionEventType{Message: tfvalue.Shown(e.Message)}
			case tfprotov6.CompletedInvokeActionEventType:
				clean(e.Diagnostics)
			}
			if !push(event) {
				return
			}
		}
	}}, nil
}

func (c cleaner) ValidateProviderConfig(ctx context.Context, req *tfprotov6.ValidateProviderConfigRequest) (*tfprotov6.ValidateProviderConfigResponse, error) {
	return cleaned(c.framework.ValidateProviderConfig(ctx, req))
}

func (c cleaner) ConfigureProvider(ctx context.Context, req *tfprotov6.ConfigureProviderRequest) (*tfprotov6.ConfigureProviderResponse, error) {
	return cleaned(c.framework.ConfigureProvider(ctx, req))
}

func (c cleaner) ValidateResourceConfig(ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	return cleaned(c.framework.ValidateResourceConfig(ctx, req))
}

func (c cleaner) UpgradeResourceState(ctx context.Context, req *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	return cleaned(c.framework.UpgradeResourceState(ctx, req))
}

func (c cleaner) UpgradeResourceIdentity(ctx context.Context, req *tfprotov6.UpgradeResourceIdentityRequest) (*tfprotov6.UpgradeResourceIdentityResponse, error) {
	return cleaned(c.framework.UpgradeResourceIdentity(ctx, req))
}

func (c cleaner) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	return cleaned(c.framework.ReadResource(ctx, req))
}

func (c cleaner) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	return cleaned(c.framework.PlanResourceChange(ctx, req))
}

func (c cleaner) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	return cleaned(c.framework.ApplyResourceChange(ctx, req))
}

func (c cleaner) ImportResourceState(ctx context.Context, req *tfprotov6.ImportResourceStateRequest) (*tfprotov6.ImportResourceStateResponse, error) {
	return cleaned(c.framework.ImportResourceState(ctx, req))
}

func (c cleaner) MoveResourceState(ctx context.Context, req *tfprotov6.MoveResourceStateRequest) (*tfprotov6.MoveResourceStateResponse, error) {
	return cleaned(c.framework.MoveResourceState(ctx, req))
}

func (c cleaner) GenerateResourceConfig(ctx context.Context, req *tfprotov6.GenerateResourceConfigRequest) (*tfprotov6.GenerateResourceConfigResponse, error) {
	return cleaned(c.framework.GenerateResourceConfig(ctx, req))
}

func (c cleaner) ValidateDataResourceConfig(ctx context.Context, req *tfprotov6.ValidateDataResourceConfigRequest) (*tfprotov6.ValidateDataResourceConfigResponse, error) {
	return cleaned(c.framework.ValidateDataResourceConfig(ctx, req))
}

func (c cleaner) ReadDataSource(ctx context.Context, req *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	return cleaned(c.framework.ReadDataSource(ctx, req))
}

func (c cleaner) ValidateEphemeralResourceConfig(ctx context.Context, req *tfprotov6.ValidateEphemeralResourceConfigRequest) (*tfprotov6.ValidateEphemeralResourceConfigResponse, error) {
	return cleaned(c.framework.ValidateEphemeralResourceConfig(ctx, req))
}

func (c cleaner) OpenEphemeralResource(ctx context.Context, req *tfprotov6.OpenEphemeralResourceRequest) (*tfprotov6.OpenEphemeralResourceResponse, error) {
	return cleaned(c.framework.OpenEphemeralResource(ctx, req))
}

func (c cleaner) RenewEphemeralResource(ctx context.Context, req *tfprotov6.RenewEphemeralResourceRequest) (*tfprotov6.RenewEphemeralResourceResponse, error) {
	return cleaned(c.framework.RenewEphemeralResource(ctx, req))
}

func (c cleaner) CloseEphemeralResource(ctx context.Context, req *tfprotov6.CloseEphemeralResourceRequest) (*tfprotov6.CloseEphemeralResourceResponse, error) {
	return cleaned(c.framework.CloseEphemeralResource(ctx, req))
}

func (c cleaner) ValidateListResourceConfig(ctx context.Context, req *tfprotov6.ValidateListResourceConfigRequest) (*tfprotov6.ValidateListResourceConfigResponse, error) {
	return cleaned(c.framework.ValidateListResourceConfig(ctx, req))
}

func (c cleaner) ValidateActionConfig(ctx context.Context, req *tfprotov6.ValidateActionConfigRequest) (*tfprotov6.ValidateActionConfigResponse, error) {
	return cleaned(c.framework.ValidateActionConfig(ctx, req))
}

func (c cleaner) PlanAction(ctx context.Context, req *tfprotov6.PlanActionRequest) (*tfprotov6.PlanActionResponse, error) {
	return cleaned(c.framework.PlanAction(ctx, req))
}
