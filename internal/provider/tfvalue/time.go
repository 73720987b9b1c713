package tfvalue

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// InstantValue writes a moment as the server does. The zero time is null.
func InstantValue(t time.Time) types.String {
	if t.IsZero() {
		return types.StringNull()
	}
	return types.StringValue(t.UTC().Truncate(time.Millisecond).Format(time.RFC3339Nano))
}

// InstantOf reads a moment; zero where there is none.
func InstantOf(value types.String) time.Time {
	t, err := time.Parse(time.RFC3339, value.ValueString())
	if err != nil {
		return time.Time{}
	}
	return t
}

// RFC3339 accepts RFC 3339 timestamps.
var RFC3339 = CheckString("value must be an RFC 3339 timestamp, such as 2030-01-31T12:00:00Z", func(value string) (summary, detail string) {
	if _, err := time.Parse(time.RFC3339, value); err == nil {
		return "", ""
	}
	return "Invalid timestamp",
		fmt.Sprintf("%q is not an RFC 3339 timestamp. Write it as 2030-01-31T12:00:00Z, with an offset such as +02:00 in place of Z where it is not UTC.", value)
})

// SameInstant keeps the prior spelling of the same moment.
var SameInstant planmodifier.String = sameInstant{"Another spelling of the same moment is no change."}

type sameInstant struct{ Described }

func (sameInstant) PlanModifyString(_ context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse) {
	planned, prior := InstantOf(req.PlanValue), InstantOf(req.StateValue)
	if !planned.IsZero() && planned.Equal(prior) {
		resp.PlanValue = req.StateValue
	}
}

// DurationHint says how a duration is written.
const DurationHint = `Write a duration as a number with a unit, such as "30s", "90m" or "48h"; there is no unit for days.`

// PositiveDuration accepts Go durations above zero.
var PositiveDuration = CheckString("value must be a duration above zero, such as 30s or 48h", func(value string) (summary, detail string) {
	if d, err := time.ParseDuration(value); err == nil && d > 0 {
		return "", ""
	}
	return "Invalid duration", fmt.Sprintf("%q is not a duration above zero. %s", value, DurationHint)
})
