package provider

import (
	"context"
	"slices"
	"sync/atomic"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// framework is what the framework makes of a provider.
type framework interface {
	tfprotov6.ProviderServer
	tfprotov6.ListResourceServer
	tfprotov6.ActionServer
}

// server is the framework's, and remembers an interrupt. At Ctrl-C, Terraform asks a provider
// once to stop, and the contexts of running calls end. What Terraform asks for a moment later
// would go on as if nothing had happened. So whatever comes after is interrupted from the start
// and sends nothing but what takes the time of grace. The next run begins with a Configure: a
// provider that is served for a debugger outlives many. It also validates an action before it is
// planned and invoked, and cleans every response: see [cleaned].
type server struct {
	framework
	// configured is set by the first Configure, which an interrupt may precede.
	configured, interrupted atomic.Bool
}

// NewServer returns a provider as Terraform talks to it, over the plugin protocol.
func NewServer(p provider.Provider) tfprotov6.ProviderServer {
	made, ok := providerserver.NewProtocol6(p)().(framework)
	if !ok {
		panic("serving the provider: the framework always serves lists and actions")
	}
	return &server{framework: made}
}

// ConfigureProvider begins a run.
func (s *server) ConfigureProvider(ctx context.Context, req *tfprotov6.ConfigureProviderRequest) (*tfprotov6.ConfigureProviderResponse, error) {
	if s.configured.Swap(true) {
		s.interrupted.Store(false)
	}
	return cleaned(s.framework.ConfigureProvider(ctx, req))
}

// StopProvider ends what runs. It takes its note first: plugin-go ends, after this,
// every call that came before it, so there is none that escapes both.
func (s *server) StopProvider(ctx context.Context, req *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
	s.interrupted.Store(true)
	return s.framework.StopProvider(ctx, req)
}

// in is the context of a call: one that has ended, after an interrupt.
func (s *server) in(ctx context.Context) context.Context {
	if !s.interrupted.Load() {
		return ctx
	}
	ended, end := context.WithCancel(ctx)
	end()
	return ended
}

// What follows is every call in which the provider may ask the chat server something.

func (s *server) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	return cleaned(s.framework.ReadResource(s.in(ctx), req))
}

func (s *server) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	return cleaned(s.framework.PlanResourceChange(s.in(ctx), req))
}

func (s *server) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	return cleaned(s.framework.ApplyResourceChange(s.in(ctx), req))
}

func (s *server) ReadDataSource(ctx context.Context, req *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	return cleaned(s.framework.ReadDataSource(s.in(ctx), req))
}

func (s *server) OpenEphemeralResource(ctx context.Context, req *tfprotov6.OpenEphemeralResourceRequest) (*tfprotov6.OpenEphemeralResourceResponse, error) {
	return cleaned(s.framework.OpenEphemeralResource(s.in(ctx), req))
}

func (s *server) CloseEphemeralResource(ctx context.Context, req *tfprotov6.CloseEphemeralResourceRequest) (*tfprotov6.CloseEphemeralResourceResponse, error) {
	return cleaned(s.framework.CloseEphemeralResource(s.in(ctx), req))
}

func (s *server) ListResource(ctx context.Context, req *tfprotov6.ListResourceRequest) (*tfprotov6.ListResourceServerStream, error) {
	return cleanedResults(s.framework.ListResource(s.in(ctx), req))
}

// PlanAction validates again: Terraform does so only before it knows variables.
func (s *server) PlanAction(ctx context.Context, req *tfprotov6.PlanActionRequest) (*tfprotov6.PlanActionResponse, error) {
	diags, err := s.validateAction(ctx, req.ActionType, req.Config)
	if err != nil || failed(diags) {
		return &tfprotov6.PlanActionResponse{Diagnostics: diags}, err
	}
	resp, err := cleaned(s.framework.PlanAction(ctx, req))
	if err == nil {
		resp.Diagnostics = append(diags, resp.Diagnostics...)
	}
	return resp, err
}

// InvokeAction validates what was not known in the plan, before anything is done.
func (s *server) InvokeAction(ctx context.Context, req *tfprotov6.InvokeActionRequest) (*tfprotov6.InvokeActionServerStream, error) {
	diags, err := s.validateAction(ctx, req.ActionType, req.Config)
	if err != nil {
		return nil, err
	}
	if failed(diags) {
		end := tfprotov6.InvokeActionEvent{Type: tfprotov6.CompletedInvokeActionEventType{Diagnostics: diags}}
		return &tfprotov6.InvokeActionServerStream{Events: slices.Values([]tfprotov6.InvokeActionEvent{end})}, nil
	}
	return cleanedEvents(s.framework.InvokeAction(s.in(ctx), req))
}

func (s *server) validateAction(ctx context.Context, typeName string, config *tfprotov6.DynamicValue) ([]*tfprotov6.Diagnostic, error) {
	resp, err := s.ValidateActionConfig(ctx, &tfprotov6.ValidateActionConfigRequest{ActionType: typeName, Config: config})
	if err != nil {
		return nil, err
	}
	return resp.Diagnostics, nil
}

// failed reports whether there is an error among diagnostics.
func failed(diags []*tfprotov6.Diagnostic) bool {
	return slices.ContainsFunc(diags, func(d *tfprotov6.Diagnostic) bool { return d.Severity == tfprotov6.DiagnosticSeverityError })
}
