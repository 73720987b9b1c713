package imkit

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"sync"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/batch"
)

const (
	pathConfig    = "/config"
	pathConfigKey = "/config/{key}"
)

// configFresh is how old a read may be that a write relies on, so that the read that
// confirms one write serves the next as well. What somebody else writes in between is not
// seen, as after any read.
const configFresh = 100 * time.Millisecond

// configuration is what a run has learnt, and done, of the run-time configuration. Reads
// and writes take turns, so that nobody reads of a moment in which keys are missing.
type configuration struct {
	lock   batch.Mutex[struct{}]
	reads  batch.Batcher[struct{}, struct{}, map[string]any]
	writes batch.Batcher[struct{}, *configKey, WrittenConfig]
	// kind is which kind of server it is; guarded by lock. The published pages
	// contradict each other: one says that a key that is sent is overwritten and the
	// others stay, another that those are lost.
	kind configKind
	// fresh is what the last read showed, at readAt; guarded by lock.
	fresh  map[string]any
	readAt time.Time

	mu sync.Mutex
	// written is what this run wrote or, as nil, deleted, which counts more than what the
	// server still shows.
	written map[string]any
	// putBack is what a write lost and another put back: a server that lags may still
	// show the moment without it.
	putBack map[string]any
}

// configKind is what a write does to the keys that are not sent.
type configKind int

const (
	configUnknown  configKind = iota
	configKeeps               // they stay
	configReplaces            // they are lost, as far as is known
)

// note remembers what was written. The caller has the lock.
func (c *configuration) note(keys map[string]any) {
	if c.kind == configUnknown { // to tell it, the next write needs a read that shows this one
		c.fresh = nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	maps.Copy(c.written, keys)
}

func (c *configuration) setPutBack(values map[string]any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.putBack = values
}

// forget lets reads decide again what keys have.
func (c *configuration) forget(keys map[string]any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key := range keys {
		delete(c.written, key)
	}
}

// overlay is what there is, given what the server shows.
func (c *configuration) overlay(shown map[string]any) map[string]any {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := map[string]any{}
	maps.Copy(all, c.putBack)
	maps.Copy(all, shown)
	for key, value := range c.written {
		all[key] = value
		if value == nil {
			delete(all, key)
		}
	}
	return all
}

// share has reads at the same moment share a request, and writes as well.
func (c *configuration) share(a *API) {
	c.written = map[string]any{}
	c.reads.Acquire = awaitTurn(a, c.lock.Lock)
	c.reads.Call = batch.Single(func(ctx context.Context, _ struct{}) (map[string]any, error) { return a.readConfig(ctx) })
	c.writes.Window = 5 * batch.DefaultWindow // writes wait for each other, so fewer and larger ones are quicker
	c.writes.Grace = InterruptGrace
	c.writes.Acquire = awaitTurn(a, c.lock.Lock)
	c.writes.Call = a.setTogether
}

// CheckConfigKey is [CheckID] for a key of the run-time configuration, which must not
// begin with "$" either.
func CheckConfigKey(key string) error {
	if isReserved(key, nil) {
		return errors.New(`the key begins with "$", which the server's database takes for an operator`)
	}
	return checkID("key", key)
}

// GetConfig returns the application's run-time configuration, values as JSON. What this run
// set or deleted shows as it was sent, since a server may show what it had a moment ago.
// Calls at the same moment share a request; values must not be changed.
//
// https://docs.imkit.io: GET /config.
func (a *API) GetConfig(ctx context.Context) (map[string]any, error) {
	shown, err := a.shownConfig(ctx)
	if err != nil {
		return nil, err
	}
	return a.config.overlay(shown), nil
}

// GetConfigKey returns the value of a key, as [API.GetConfig] has it. When two looks, a
// second apart, do not show it, [IsNotFound] is true of the error. Where absence is hoped
// for, [API.GetConfig] does.
//
// https://docs.imkit.io: GET /config.
func (a *API) GetConfigKey(ctx context.Context, key string) (any, error) {
	return lookTwice(ctx, a, func() (any, error) { return a.findConfigKey(ctx, key) })
}

func (a *API) findConfigKey(ctx context.Context, key string) (any, error) {
	all, err := a.GetConfig(ctx)
	if err != nil {
		return nil, err
	}
	value, there := all[key]
	if !there {
		return nil, absent(pathConfig, "there is no such key")
	}
	return value, nil
}

// shownConfig is what the server shows.
func (a *API) shownConfig(ctx context.Context) (map[string]any, error) {
	shown, err := a.config.reads.Do(ctx, struct{}{}, struct{}{})
	return shown, ofBatch(ctx, http.MethodGet, pathConfig, err)
}

// readConfig is shownConfig for one who holds the lock.
func (a *API) readConfig(ctx context.Context) (shown map[string]any, err error) {
	shown, err = request(ctx, a, call{method: http.MethodGet, path: pathConfig}, answer.object)
	a.config.fresh, a.config.readAt = shown, time.Now()
	return shown, err
}

// configBefore is what the server shows before a write. The caller has the lock. What this
// run wrote since does not matter, as the overlay has it.
func (a *API) configBefore(ctx context.Context) (map[string]any, error) {
	if c := &a.config; c.fresh != nil && time.Since(c.readAt) < configFresh {
		return c.fresh, nil
	}
	return a.readConfig(ctx)
}
