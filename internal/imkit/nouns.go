package imkit

import "sync/atomic"

// nouns is what the calls about rooms, groups and the configuration remember.
type nouns struct {
	// administrator is set once an administrator's call succeeded.
	administrator atomic.Bool
}
