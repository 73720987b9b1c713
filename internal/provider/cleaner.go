package provider

import (
	"context"
	"reflect"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

// clean makes diagnostics fit for the terminal: names, ids and messages of others are in them.
func clean(diags []*tfprotov6.Diagnostic) {
	for _, d := range diags {
		d.Summary, d.Detail = tfvalue.OneLine(d.Summary), tfvalue.Shown(d.Detail)
	}
}

// cleaned is a response with clean diagnostics.
func cleaned[T any](resp *T, err error) (*T, error) {
	if err == nil {
		diags, _ := reflect.TypeAssert[[]*tfprotov6.Diagnostic](reflect.ValueOf(resp).Elem().FieldByName("Diagnostics"))
		clean(diags)
	}
	return resp, err
}

// cleanedResults is [cleaned] for a list.
func cleanedResults(stream *tfprotov6.ListResourceServerStream, err error) (*tfprotov6.ListResourceServerStream, error) {
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

// cleanedEvents is [cleaned] for an action, whose progress is text as well.
func cleanedEvents(stream *tfprotov6.InvokeActionServerStream, err error) (*tfprotov6.InvokeActionServerStream, error) {
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

// What follows is every other call whose response may have a text.

func (s *server) CallFunction(ctx context.Context, req *tfprotov6.CallFunctionRequest) (*tfprotov6.CallFunctionResponse, error) {
	resp, err := s.framework.CallFunction(ctx, req)
	if err == nil && resp.Error != nil {
		resp.Error.Text = tfvalue.Shown(resp.Error.Text)
	}
	return resp, err
}

func (s *server) ValidateProviderConfig(ctx context.Context, req *tfprotov6.ValidateProviderConfigRequest) (*tfprotov6.ValidateProviderConfigResponse, error) {
	return cleaned(s.framework.ValidateProviderConfig(ctx, req))
}

func (s *server) ValidateResourceConfig(ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	return cleaned(s.framework.ValidateResourceConfig(ctx, req))
}

func (s *server) UpgradeResourceState(ctx context.Context, req *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	return cleaned(s.framework.UpgradeResourceState(ctx, req))
}

func (s *server) UpgradeResourceIdentity(ctx context.Context, req *tfprotov6.UpgradeResourceIdentityRequest) (*tfprotov6.UpgradeResourceIdentityResponse, error) {
	return cleaned(s.framework.UpgradeResourceIdentity(ctx, req))
}

func (s *server) ImportResourceState(ctx context.Context, req *tfprotov6.ImportResourceStateRequest) (*tfprotov6.ImportResourceStateResponse, error) {
	return cleaned(s.framework.ImportResourceState(ctx, req))
}

func (s *server) MoveResourceState(ctx context.Context, req *tfprotov6.MoveResourceStateRequest) (*tfprotov6.MoveResourceStateResponse, error) {
	return cleaned(s.framework.MoveResourceState(ctx, req))
}

func (s *server) GenerateResourceConfig(ctx context.Context, req *tfprotov6.GenerateResourceConfigRequest) (*tfprotov6.GenerateResourceConfigResponse, error) {
	return cleaned(s.framework.GenerateResourceConfig(ctx, req))
}

func (s *server) ValidateDataResourceConfig(ctx context.Context, req *tfprotov6.ValidateDataResourceConfigRequest) (*tfprotov6.ValidateDataResourceConfigResponse, error) {
	return cleaned(s.framework.ValidateDataResourceConfig(ctx, req))
}

func (s *server) ValidateEphemeralResourceConfig(ctx context.Context, req *tfprotov6.ValidateEphemeralResourceConfigRequest) (*tfprotov6.ValidateEphemeralResourceConfigResponse, error) {
	return cleaned(s.framework.ValidateEphemeralResourceConfig(ctx, req))
}

func (s *server) RenewEphemeralResource(ctx context.Context, req *tfprotov6.RenewEphemeralResourceRequest) (*tfprotov6.RenewEphemeralResourceResponse, error) {
	return cleaned(s.framework.RenewEphemeralResource(ctx, req))
}

func (s *server) ValidateListResourceConfig(ctx context.Context, req *tfprotov6.ValidateListResourceConfigRequest) (*tfprotov6.ValidateListResourceConfigResponse, error) {
	return cleaned(s.framework.ValidateListResourceConfig(ctx, req))
}

func (s *server) ValidateActionConfig(ctx context.Context, req *tfprotov6.ValidateActionConfigRequest) (*tfprotov6.ValidateActionConfigResponse, error) {
	return cleaned(s.framework.ValidateActionConfig(ctx, req))
}
