package imkit

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// Thousands of clients take a few pages at a time.
func TestLookUpPagesTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &lookUpServer{latency: 20 * time.Millisecond}
		start := time.Now()
		found, err := s.api(t).LookUpClients(t.Context(), numbered(2000))
		if err != nil || len(found) != 2000 || len(s.seen()) != 20 {
			t.Fatalf("%d found by %d requests: %v", len(found), len(s.seen()), err)
		}
		if took := time.Since(start); took != 5*s.latency {
			t.Errorf("took %s", took)
		}
	})
}

// One page that fails is the error of all, and ends the others.
func TestLookUpPagesFail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ids := numbered(2000)
		refused := spoil(sayJSON(401, `{"error":"INVALID_API_KEY"}`), ids[150])
		s := &lookUpServer{latency: 20 * time.Millisecond, spoiled: refused}
		found, err := s.api(t).LookUpClients(t.Context(), ids)
		if !IsUnauthorized(err) || found != nil || len(s.seen()) > 2*4 {
			t.Errorf("%d found by %d requests: %v", len(found), len(s.seen()), err)
		}

		s = &lookUpServer{latency: 20 * time.Millisecond}
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
		defer cancel()
		found, err = s.api(t).LookUpClients(ctx, ids)
		if !errors.Is(err, context.DeadlineExceeded) || found != nil || len(s.seen()) != 2*4 {
			t.Errorf("%d found by %d requests: %v", len(found), len(s.seen()), err)
		}
	})
}
