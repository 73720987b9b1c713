package session

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

// Session is what everything made by one configured provider shares. It lasts
// for one run of Terraform and is safe for concurrent use.
type Session struct {
	tfvalue.Redacted
	ledger
	// API is nil while settings of the provider are not known yet.
	API *imkit.API
	// Now is the one clock of the provider.
	Now func() time.Time
	// Refreshed is set once an object was read: then this run plans. The run that
	// applies a plan has a session of its own and reads nothing before it plans again.
	Refreshed atomic.Bool
	// Unverifiable is set once the server gave no clear answer about a token.
	Unverifiable atomic.Bool

	// applying is set once something was created, changed or destroyed.
	applying atomic.Bool
	// run is a name of this run, as JSON.
	run []byte
	// said has what was said once.
	said sync.Map
}

// New makes the session of a provider whose clock is now. It calls nothing until
// its API is set.
func New(now func() time.Time) *Session {
	return &Session{Now: now, run: newRun(), ledger: ledger{objects: map[named]*record{}}}
}

// First reports whether it is asked about a subject for the first time, for
// warnings that are of no more use when repeated for every object.
func (s *Session) First(subject string) bool {
	_, said := s.said.LoadOrStore(subject, true)
	return !said
}
