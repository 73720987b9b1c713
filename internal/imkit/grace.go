package imkit

import (
	"context"
	"time"
)

// InterruptGrace is how long a call that changes something, once it is sent,
// still waits for its answer after its caller's context ended.
const InterruptGrace = 5 * time.Second

// graceKey is the key of a context that has the time of grace in it.
type graceKey struct{}

// WithGrace returns a context that ends [InterruptGrace] after another one, for what
// must not be left undone, and for several calls together: they may still be sent in
// that time, and have none beyond it. Call cancel once they are over.
func WithGrace(ctx context.Context) (lasting context.Context, cancel context.CancelFunc) {
	lasting, end := context.WithCancel(context.WithValue(context.WithoutCancel(ctx), graceKey{}, true))
	stop := context.AfterFunc(ctx, func() {
		select {
		case <-time.After(InterruptGrace):
			end()
		case <-lasting.Done():
		}
	})
	return lasting, func() {
		stop()
		end()
	}
}
