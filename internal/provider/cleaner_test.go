package provider

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// Whatever Terraform asks, what the provider says is fit for the terminal: no character that
// could change it, no line that is endless, and letters of any script as they are.
func TestWhatIsSaidIsClean(t *testing.T) {
	t.Parallel()
	c := &server{framework: rude{}}
	calls := 0
	for method := range reflect.TypeFor[framework]().Methods() {
		if strings.HasPrefix(method.Name, "Get") || method.Name == "StopProvider" {
			continue // which have nothing of anybody's to talk about
		}
		out := reflect.ValueOf(c).MethodByName(method.Name).Call([]reflect.Value{reflect.ValueOf(t.Context()), reflect.New(method.Type.In(1).Elem())})
		calls++
		for _, said := range saidBy(out[0].Interface()) {
			if want := strings.ReplaceAll(politely, "|", "\n"); said != want && said != strings.ReplaceAll(politely, "|", " ") {
				t.Errorf("%s says %q", method.Name, said)
			}
		}
	}
	if calls < 23 {
		t.Errorf("there are %d calls", calls)
	}
	long := []*tfprotov6.Diagnostic{{Summary: strings.Repeat("長", 20_000), Detail: strings.Repeat("x\n", 100_000) + strings.Repeat("y", 20_000)}}
	clean(long)
	if s, d := len(long[0].Summary), len(long[0].Detail); s > 40_000 || d > 60_000 {
		t.Errorf("the summary has %d bytes, the detail %d", s, d)
	}
}

const (
	rudely   = "用戶 \x1b[31m\u202eé\a\u2028\r\u009b\u00a0\u200b\nx"
	politely = "用戶  [31m é      |x"
)

// saidBy is the texts of a response.
func saidBy(response any) []string {
	var texts []string
	add := func(diags []*tfprotov6.Diagnostic) {
		for _, d := range diags {
			texts = append(texts, d.Summary, d.Detail)
		}
	}
	switch r := response.(type) {
	case *tfprotov6.CallFunctionResponse:
		texts = append(texts, r.Error.Text)
	case *tfprotov6.ListResourceServerStream:
		for result := range r.Results {
			add(result.Diagnostics)
		}
	case *tfprotov6.InvokeActionServerStream:
		for event := range r.Events {
			switch e := event.Type.(type) {
			case tfprotov6.ProgressInvokeActionEventType:
				texts = append(texts, e.Message)
			case tfprotov6.CompletedInvokeActionEventType:
				add(e.Diagnostics)
			}
		}
	default:
		diags, _ := reflect.TypeAssert[[]*tfprotov6.Diagnostic](reflect.ValueOf(response).Elem().FieldByName("Diagnostics"))
		add(diags)
	}
	if len(texts) == 0 {
		texts = append(texts, "nothing")
	}
	return texts
}

// rude says to every call what no terminal should get.
type rude struct{ framework }

func rudeDiagnostics() []*tfprotov6.Diagnostic {
	return []*tfprotov6.Diagnostic{{Severity: tfprotov6.DiagnosticSeverityWarning, Summary: rudely, Detail: rudely}}
}

func (rude) CallFunction(context.Context, *tfprotov6.CallFunctionRequest) (*tfprotov6.CallFunctionResponse, error) {
	return &tfprotov6.CallFunctionResponse{Error: &tfprotov6.FunctionError{Text: rudely}}, nil
}

func (rude) ListResource(context.Context, *tfprotov6.ListResourceRequest) (*tfprotov6.ListResourceServerStream, error) {
	return &tfprotov6.ListResourceServerStream{Results: slices.Values([]tfprotov6.ListResourceResult{{Diagnostics: rudeDiagnostics()}})}, nil
}

func (rude) InvokeAction(context.Context, *tfprotov6.InvokeActionRequest) (*tfprotov6.InvokeActionServerStream, error) {
	return &tfprotov6.InvokeActionServerStream{Events: slices.Values([]tfprotov6.InvokeActionEvent{
		{Type: tfprotov6.ProgressInvokeActionEventType{Message: rudely}},
		{Type: tfprotov6.CompletedInvokeActionEventType{Diagnostics: rudeDiagnostics()}},
	})}, nil
}

func (rude) ValidateProviderConfig(context.Context, *tfprotov6.ValidateProviderConfigRequest) (*tfprotov6.ValidateProviderConfigResponse, error) {
	return &tfprotov6.ValidateProviderConfigResponse{Diagnostics: rudeDiagnostics()}, nil
}

func (rude) ConfigureProvider(context.Context, *tfprotov6.ConfigureProviderRequest) (*tfprotov6.ConfigureProviderResponse, error) {
	return &tfprotov6.ConfigureProviderResponse{Diagnostics: rudeDiagnostics()}, nil
}

func (rude) ValidateResourceConfig(context.Context, *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	return &tfprotov6.ValidateResourceConfigResponse{Diagnostics: rudeDiagnostics()}, nil
}

func (rude) UpgradeResourceState(context.Context, *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	return &tfprotov6.UpgradeResourceStateResponse{Diagnostics: rudeDiagnostics()}, nil
}

func (rude) UpgradeResourceIdentity(context.Context, *tfprotov6.UpgradeResourceIdentityRequest) (*tfprotov6.UpgradeResourceIdentityResponse, error) {
	return &tfprotov6.UpgradeResourceIdentityResponse{Diagnostics: rudeDiagnostics()}, nil
}

func (rude) ReadResource(context.Context, *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	return &tfprotov6.ReadResourceResponse{Diagnostics: rudeDiagnostics()}, nil
}

func (rude) PlanResourceChange(context.Context, *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	return &tfprotov6.PlanResourceChangeResponse{Diagnostics: rudeDiagnostics()}, nil
}

func (rude) ApplyResourceChange(context.Context, *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	return &tfprotov6.ApplyResourceChangeResponse{Diagnostics: rudeDiagnostics()}, nil
}

func (rude) ImportResourceState(context.Context, *tfprotov6.ImportResourceStateRequest) (*tfprotov6.ImportResourceStateResponse, error) {
	return &tfprotov6.ImportResourceStateResponse{Diagnostics: rudeDiagnostics()}, nil
}

func (rude) MoveResourceState(context.Context, *tfprotov6.MoveResourceStateRequest) (*tfprotov6.MoveResourceStateResponse, error) {
	return &tfprotov6.MoveResourceStateResponse{Diagnostics: rudeDiagnostics()}, nil
}

func (rude) GenerateResourceConfig(context.Context, *tfprotov6.GenerateResourceConfigRequest) (*tfprotov6.GenerateResourceConfigResponse, error) {
	return &tfprotov6.GenerateResourceConfigResponse{Diagnostics: rudeDiagnostics()}, nil
}

func (rude) ValidateDataResourceConfig(context.Context, *tfprotov6.ValidateDataResourceConfigRequest) (*tfprotov6.ValidateDataResourceConfigResponse, error) {
	return &tfprotov6.ValidateDataResourceConfigResponse{Diagnostics: rudeDiagnostics()}, nil
}

func (rude) ReadDataSource(context.Context, *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	return &tfprotov6.ReadDataSourceResponse{Diagnostics: rudeDiagnostics()}, nil
}

func (rude) ValidateEphemeralResourceConfig(context.Context, *tfprotov6.ValidateEphemeralResourceConfigRequest) (*tfprotov6.ValidateEphemeralResourceConfigResponse, error) {
	return &tfprotov6.ValidateEphemeralResourceConfigResponse{Diagnostics: rudeDiagnostics()}, nil
}

func (rude) OpenEphemeralResource(context.Context, *tfprotov6.OpenEphemeralResourceRequest) (*tfprotov6.OpenEphemeralResourceResponse, error) {
	return &tfprotov6.OpenEphemeralResourceResponse{Diagnostics: rudeDiagnostics()}, nil
}

func (rude) RenewEphemeralResource(context.Context, *tfprotov6.RenewEphemeralResourceRequest) (*tfprotov6.RenewEphemeralResourceResponse, error) {
	return &tfprotov6.RenewEphemeralResourceResponse{Diagnostics: rudeDiagnostics()}, nil
}

func (rude) CloseEphemeralResource(context.Context, *tfprotov6.CloseEphemeralResourceRequest) (*tfprotov6.CloseEphemeralResourceResponse, error) {
	return &tfprotov6.CloseEphemeralResourceResponse{Diagnostics: rudeDiagnostics()}, nil
}

func (rude) ValidateListResourceConfig(context.Context, *tfprotov6.ValidateListResourceConfigRequest) (*tfprotov6.ValidateListResourceConfigResponse, error) {
	return &tfprotov6.ValidateListResourceConfigResponse{Diagnostics: rudeDiagnostics()}, nil
}

func (rude) ValidateActionConfig(context.Context, *tfprotov6.ValidateActionConfigRequest) (*tfprotov6.ValidateActionConfigResponse, error) {
	return &tfprotov6.ValidateActionConfigResponse{Diagnostics: rudeDiagnostics()}, nil
}

func (rude) PlanAction(context.Context, *tfprotov6.PlanActionRequest) (*tfprotov6.PlanActionResponse, error) {
	return &tfprotov6.PlanActionResponse{Diagnostics: rudeDiagnostics()}, nil
}
