package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

// logAttempt writes one line for each attempt of a call; an attempt holds no
// secret and no body.
func logAttempt(ctx context.Context, a imkit.Attempt) {
	fields := map[string]any{
		"method": a.Method, "path": a.Path, "attempt": a.Number, "duration_ms": a.Duration.Milliseconds(),
	}
	if a.Status != 0 {
		fields["status"] = a.Status
	}
	if a.Err != nil {
		fields["error"] = a.Err.Error()
	}
	tflog.Debug(ctx, "Called the IMKIT API", fields)
}
