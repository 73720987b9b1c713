package session

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

// Listed is an object that a list resource found.
type Listed struct {
	// ID and Name are what people know it by; Name may be empty.
	ID, Name string
	// Resource is what an import makes of it.
	Resource any
	// LeftOut names attributes that no generated configuration could have.
	LeftOut []string
	// Unfit says why there is no Resource.
	Unfit error
}

// Results yields what was found until Terraform has enough. An error is the last result. What an
// import could not take is left out, with a warning.
func (l *ListResource) Results(ctx context.Context, req list.ListRequest, noun Noun, found iter.Seq2[Listed, error]) iter.Seq[list.ListResult] {
	return func(push func(list.ListResult) bool) {
		var result list.ListResult
		if !l.Ready(&result.Diagnostics) {
			push(result)
			return
		}
		shown := int64(0)
		for object, err := range found {
			if err != nil {
				push(list.ListResult{Diagnostics: listFailed(noun.Name+"s", err)})
				return
			}
			result, fits := shownAs(ctx, req, noun, object)
			if fits {
				shown++
			}
			if !push(result) || shown == req.Limit && req.Limit > 0 {
				return
			}
		}
	}
}

func listFailed(objects string, err error) diag.Diagnostics {
	if !errors.Is(err, imkit.ErrListChanging) {
		return diag.Diagnostics{APIError("list", objects, err)}
	}
	return diag.Diagnostics{diag.NewWarningDiagnostic("Some "+objects+" may be missing",
		"What matches changed each time it was listed, so some may have been skipped. Those shown exist, and each is shown once. Query again later.")}
}

// shownAs is an object as a result, or a warning in place of it.
func shownAs(ctx context.Context, req list.ListRequest, noun Noun, object Listed) (result list.ListResult, fits bool) {
	leaveOut := func(why string) (list.ListResult, bool) {
		// Terraform shows the details of the first warning alone that has a summary.
		warning := diag.NewWarningDiagnostic(title(noun.Named(object.ID))+" was left out", fmt.Sprintf("The result does not include %s. %s", noun.Named(object.ID), why))
		return list.ListResult{Diagnostics: diag.Diagnostics{warning}}, false
	}
	invalid := noun.checkID(object.ID)
	switch {
	case invalid != nil:
		return leaveOut(Sentence(invalid.Error()))
	case !tfvalue.IsNFC(object.ID):
		return leaveOut(fmt.Sprintf("Its id, %+q, is %s, so Terraform can neither import nor manage it.", object.ID, NotNFC))
	case req.IncludeResource && object.Unfit != nil:
		return leaveOut(Sentence(object.Unfit.Error()))
	case req.IncludeResource && !tfvalue.GeneratesText(object.ID):
		return leaveOut("Its id is JSON that Terraform cannot write as configuration. To import it, write the block yourself:\n\n" +
			importBlock(noun, object.ID))
	}
	result = req.NewListResult(ctx)
	result.DisplayName = tfvalue.OneLine(object.Name)
	if result.DisplayName == "" {
		result.DisplayName = tfvalue.OneLine(object.ID)
	}
	result.Diagnostics.Append(result.Identity.SetAttribute(ctx, path.Root(noun.ID), object.ID)...)
	if !req.IncludeResource {
		return result, true
	}
	result.Diagnostics.Append(result.Resource.Set(ctx, object.Resource)...)
	if len(object.LeftOut) > 0 {
		result.Diagnostics.AddWarning("Attributes of "+noun.Named(object.ID)+" were left out",
			fmt.Sprintf("The result does not include these attributes of %s: %s. The configuration that Terraform would generate for them is invalid. "+
				"Configuration generated without them leaves them unmanaged.", noun.Named(object.ID), strings.Join(object.LeftOut, ", ")))
	}
	return result, true
}
