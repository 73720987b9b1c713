package imkit

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"

	"github.com/imkit/terraform-provider-imkit/internal/batch"
)

const (
	pathConfig    = "/config"
	pathConfigKey = "/config/{key}"
)

// configuration is what a run has learnt, and done, of the run-time configuration. Reads
// and writes take turns, so that nobody reads of a moment in which keys are missing.
type configuration struct {
	lock  batch.Mutex[struct{}]
	reads batch.Batcher[struct{}, struct{}, map[string]any]
	// writes is which kind of server it is; guarded by lock. The published pages
	// contradict each other: one says that a key that is sent is overwritten and the
	// others stay, another that those are lost.
	writes configWrites

	mu sync.Mutex
	// written is what this run wrote or, as nil, deleted, which counts more than what the
	// server still shows.
	written map[string]any
	// putBack is what a write lost and another put back: a server that lags may still
	// show the moment without it.
	putBack map[string]any
}

// configWrites is what a write does to the keys that are not sent.
type configWrites int

const (
	configUnknown  configWrites = iota
	configKeeps                 // they stay
	configReplaces              // they are lost, as far as is known
)

// note remembers what was written.
func (c *configuration) note(key string, value any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.written == nil {
		c.written = map[string]any{}
	}
	c.written[key] = value
}

func (c *configuration) setPutBack(values map[string]any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.putBack = values
}

// forget lets reads decide again what a key has.
func (c *configuration) forget(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.written, key)
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

// share has reads at the same moment share a request.
func (c *configuration) share(a *API) {
	c.reads.Acquire = awaitTurn(a, c.lock.Lock)
	c.reads.Call = batch.Single(func(ctx context.Context, _ struct{}) (map[string]any, error) { return a.readConfig(ctx) })
}

// CheckConfigKey is [CheckID] for a key of the run-time configuration, which must not
// begin with "$" either.
func CheckConfigKey(key string) error {
	if isReserved(key, nil) {
		return errors.New(`the key begins with "$", which the server's database takes for an operator`)
	}
	return checkID("key", key)
}

// GetConfig returns the application's run-time configuration: all of its keys, with values
// as JSON: bool, string, [json.Number], []any, map[string]any, nil. What this run set or
// deleted shows as it was sent, since a server may show what it had a moment ago. Calls at
// the same moment share a request; values must not be changed.
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
	value, err := a.findConfigKey(ctx, key)
	if what := "key " + key; a.secondLook(ctx, what, &err) {
		value, err = a.findConfigKey(ctx, key)
		a.secondLooks.note(what, err)
	}
	return value, err
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
func (a *API) readConfig(ctx context.Context) (map[string]any, error) {
	return request(ctx, a, call{method: http.MethodGet, path: pathConfig}, answer.object)
}

// WrittenConfig is what became of a key that was set.
type WrittenConfig struct {
	// PutBack names keys that the server lost with the write, and has back: the caller
	// should warn, since for a moment they were not there.
	PutBack []string
	// Shown is what the last read shows of the key, nil where it is not there. Known is
	// false where there was no read.
	Shown any
	Known bool
	// Recovered is the failure of a call that has done its work all the same.
	Recovered error
}

// SetConfig sets a key to a value, anything that JSON has but null, and ends when a read
// shows what was sent, or something else than was there before, or after ten seconds.
// before is what the key had, nil where it was not there.
//
// Where a write makes the server lose other keys, they are put back at once, and from
// then on this run sends all keys with each write. Whether it loses them shows by the
// first write of a run, of which it reads what there is before and after. As long as it
// does not show because the server still shows what was there before, all keys are sent,
// in case it lost them. [ErrConfigLost] says that they could not be put back.
//
// https://docs.imkit.io: POST /config.
func (a *API) SetConfig(ctx context.Context, key string, value, before any) (WrittenConfig, error) {
	if err := CheckConfigKey(key); err != nil {
		return WrittenConfig{}, err
	}
	value, err := normalJSON(value)
	switch {
	case err != nil:
		return WrittenConfig{}, err
	case value == nil:
		return WrittenConfig{}, errors.New("null is no value: a key without one is deleted")
	}
	unlock, err := a.config.lock.Lock(ctx, struct{}{})
	if err != nil {
		return WrittenConfig{}, neverSent(http.MethodPost, pathConfig, err)
	}
	written, err := a.setConfig(ctx, key, value)
	unlock()
	if err != nil {
		if !OutcomeUnknown(err) || errors.Is(err, ErrConfigLost) {
			return written, err
		}
		shown, lookFailed := a.shownConfig(ctx)
		if lookFailed != nil || !SameJSON(shown[key], value) {
			return written, err
		}
		written.Recovered = err
		a.config.note(key, value)
	}
	if !written.Known {
		a.awaitConfig(ctx, key, value, before, &written)
	}
	return written, nil
}

// awaitConfig waits until a read shows a key that was written, and those that were put
// back: to the next run, which remembers nothing, what does not show is not there.
func (a *API) awaitConfig(ctx context.Context, key string, value, before any, written *WrittenConfig) {
	shows, _ := poll(ctx, func() (bool, error) {
		shown, err := a.shownConfig(ctx)
		if err != nil {
			return false, err
		}
		written.Shown, written.Known = shown[key], true
		isNews := SameJSON(shown[key], value) || !SameJSON(shown[key], before)
		return isNews && len(missing(written.PutBack, shown)) == 0, nil
	})
	if shows && len(written.PutBack) > 0 {
		a.config.setPutBack(nil)
	}
}

// missing returns those of the keys that are not there.
func missing(keys []string, all map[string]any) []string {
	return slices.DeleteFunc(slices.Clone(keys), func(key string) bool {
		_, there := all[key]
		return there
	})
}

// setConfig sets a key. The caller has the lock.
func (a *API) setConfig(ctx context.Context, key string, value any) (written WrittenConfig, err error) {
	c := &a.config
	if c.writes == configKeeps {
		return written, a.postConfig(ctx, key, map[string]any{key: value})
	}
	shown, err := a.readConfig(ctx)
	if err != nil {
		return written, err
	}
	others := c.overlay(shown)
	delete(others, key)
	whole := maps.Clone(others)
	whole[key] = value
	if len(others) == 0 || c.writes == configReplaces || SameJSON(shown[key], value) { // the last will show nothing
		return written, a.postConfig(ctx, key, whole)
	}
	// Once it is written, keys may be lost, and an interrupt must not stop them from being
	// put back; all of it shares one grace.
	lasting, cancel := WithGrace(ctx)
	defer cancel()
	failure := a.postConfig(ctx, key, map[string]any{key: value})
	if failure != nil && !OutcomeUnknown(failure) {
		return written, failure
	}
	lost, known, lookFailed := a.lostConfig(lasting, others, key, shown[key])
	if known && len(lost) == 0 {
		c.writes = configKeeps
		return written, failure
	}
	if lookFailed == nil {
		c.writes = configReplaces
	}
	if err := a.postConfig(lasting, key, whole); err != nil {
		says := "they could not be put back"
		if len(lost) > 0 {
			says += ": " + quoted(lost)
		}
		return written, fmt.Errorf("%w, and %s: %w", ErrConfigLost, says, err)
	}
	c.setPutBack(others)
	written.PutBack = lost
	if !known && lookFailed == nil { // ten seconds have passed
		written.Shown, written.Known = shown[key], true
	}
	return written, nil
}

// lostConfig looks which of the other keys are not there any longer after a key was
// written. Only a read in which that key has changed is newer than the write, and says
// anything: known is false where there was none.
func (a *API) lostConfig(ctx context.Context, others map[string]any, key string, before any) (lost []string, known bool, err error) {
	known, err = poll(ctx, func() (bool, error) {
		now, err := a.readConfig(ctx)
		if err != nil || SameJSON(now[key], before) {
			return false, err
		}
		lost = missing(slices.Sorted(maps.Keys(others)), now)
		return true, nil
	})
	return lost, known, err
}

// postConfig sends keys, and remembers the one that it is about.
func (a *API) postConfig(ctx context.Context, key string, keys map[string]any) error {
	_, err := request(ctx, a, call{method: http.MethodPost, path: pathConfig, body: keys}, success)
	switch {
	case err == nil:
		a.config.note(key, keys[key])
	case OutcomeUnknown(err):
		a.config.forget(key)
	}
	return err
}

// DeleteConfig deletes a key. That there is none is success, and so is that there is
// none after an answer that was lost; recovered is the failure then.
//
// https://docs.imkit.io: DELETE /config/{key}.
func (a *API) DeleteConfig(ctx context.Context, key string) (recovered, err error) {
	if err := CheckConfigKey(key); err != nil {
		return nil, err
	}
	unlock, err := a.config.lock.Lock(ctx, struct{}{})
	if err != nil {
		return nil, neverSent(http.MethodDelete, pathConfigKey, err)
	}
	defer unlock()
	_, err = request(ctx, a, call{
		method: http.MethodDelete, path: pathConfigKey, args: []string{key}, absence: absentByStatus,
	}, success)
	if IsNotFound(err) {
		err = nil
	}
	if OutcomeUnknown(err) {
		a.config.forget(key)
	}
	_, recovered, err = settleLost(struct{}{}, err, func() (struct{}, bool) {
		shown, err := a.readConfig(ctx)
		return struct{}{}, err == nil && len(missing([]string{key}, shown)) == 1
	})
	if err == nil {
		a.config.note(key, nil)
	}
	return recovered, err
}
