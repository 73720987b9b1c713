package acctest

import (
	"time"
)

// Times in the life of a token.
const (
	// Day is a day without a change of clocks.
	Day = 24 * time.Hour
	// UntilDue is from issuing to T for a token of seven days with the default window.
	UntilDue = 5 * Day
	// UntilExpiry is from issuing to the end of such a token.
	UntilExpiry = 7 * Day
)
