package imkit

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync/atomic"

	"github.com/imkit/terraform-provider-imkit/internal/batch"
)

// configKey is a key that is to be set, and what became of that.
type configKey struct {
	name  string
	value any
	// creates is set if the key must not exist yet, unless adopts is set, too.
	creates, adopts bool
	// absent is set once a look shows that the key does not exist. It is atomic because a
	// caller that does not wait for the end of the call reads it as well.
	absent atomic.Bool

	written WrittenConfig
	err     error
}

// WrittenConfig is what became of a key that was set.
type WrittenConfig struct {
	// Before is what it had before, nil where it was not there. Absent is true of a key
	// that was to be created and, as a look showed, was not there.
	Before any
	Absent bool
	// PutBack names keys that the server lost with the write, and has back.
	PutBack []string
	// Shown is what the last read shows of the key, nil for nothing; Known, if there was one.
	Shown any
	Known bool
	// Recovered is the failure of a call that has done its work all the same.
	Recovered error
}

// CreateConfig is [API.SetConfig] for a key that must not be there, unless it is adopted.
// [ErrConfigExists] says that it is.
//
// https://docs.imkit.io: GET /config, POST /config.
func (a *API) CreateConfig(ctx context.Context, key string, value any, adopt bool) (WrittenConfig, error) {
	return a.setConfigKey(ctx, &configKey{name: key, value: value, creates: true, adopts: adopt})
}

// SetConfig sets a key to a value, anything that JSON has but null, and ends when a read
// shows what was sent, or something else than was there before, or after ten seconds.
// before is what the key had, nil where it was not there; if that is the value, nothing is
// sent. Keys that are set at the same moment go out together; one that the server refuses
// does not keep the others from being set.
//
// Where a write makes the server lose other keys, they are put back at once, and from
// then on this run sends all keys with each write. The first write of a run tells, by a
// read before and after it; as long as the server still shows what was there before, all
// keys are sent. [ErrConfigLost] says that they could not be put back.
//
// https://docs.imkit.io: POST /config.
func (a *API) SetConfig(ctx context.Context, key string, value, before any) (WrittenConfig, error) {
	return a.setConfigKey(ctx, &configKey{name: key, value: value, written: WrittenConfig{Before: before}})
}

func (a *API) setConfigKey(ctx context.Context, key *configKey) (WrittenConfig, error) {
	if err := CheckConfigKey(key.name); err != nil {
		return WrittenConfig{}, err
	}
	var err error
	key.value, err = normalJSON(key.value)
	switch {
	case err != nil:
		return WrittenConfig{}, err
	case key.value == nil:
		return WrittenConfig{}, errors.New("null is not a value: delete the key instead")
	case SameJSON(key.value, key.written.Before):
		return WrittenConfig{Before: key.value, Shown: key.value, Known: true}, nil
	}
	written, err := a.config.writes.Do(ctx, struct{}{}, key)
	written.Absent = key.absent.Load()
	if err != nil {
		return written, ofBatch(ctx, http.MethodPost, pathConfig, err)
	}
	if !written.Known {
		a.awaitConfig(ctx, key.name, key.value, &written)
	}
	return written, nil
}

// awaitConfig waits until a read shows a key that was written, and those that were put
// back: to the next run, which remembers nothing, what does not show is not there.
func (a *API) awaitConfig(ctx context.Context, key string, value any, written *WrittenConfig) {
	shows, _ := poll(ctx, func(ctx context.Context) (bool, error) {
		shown, err := a.shownConfig(ctx)
		if err != nil {
			return false, err
		}
		written.Shown, written.Known = shown[key], true
		isNews := SameJSON(shown[key], value) || !SameJSON(shown[key], written.Before)
		return isNews && len(missing(written.PutBack, shown)) == 0, nil
	})
	if shows && len(written.PutBack) > 0 {
		a.config.setPutBack(nil)
	}
}

// setTogether sets keys in one call, or in several where the server refuses that because of
// some of them. The caller has the lock.
func (a *API) setTogether(ctx context.Context, _ struct{}, keys []*configKey) (map[*configKey]WrittenConfig, map[*configKey]error) {
	a.lookForKeys(ctx, keys)
	send := slices.DeleteFunc(slices.Clone(keys), func(key *configKey) bool { return key.err != nil || key.written.Known })
	if len(send) > 0 {
		for _, part := range batch.Divide(send, func(keys []*configKey) error { return a.sendKeys(ctx, keys) }, isRefusal) {
			for _, key := range part.Items {
				key.err = part.Err
			}
		}
	}
	written, errs := make(map[*configKey]WrittenConfig, len(keys)), make(map[*configKey]error, len(keys))
	for _, key := range keys {
		written[key], errs[key] = key.written, key.err
	}
	return written, errs
}

// lookForKeys looks which of the keys that are to be created are there.
func (a *API) lookForKeys(ctx context.Context, keys []*configKey) {
	if !slices.ContainsFunc(keys, func(key *configKey) bool { return key.creates }) {
		return
	}
	shown, err := a.configBefore(ctx)
	all := a.config.overlay(shown)
	for _, key := range keys {
		before, exists := all[key.name]
		switch {
		case !key.creates:
		case err != nil:
			key.err = err
		case exists && !key.adopts:
			key.err = ErrConfigExists
		default:
			key.written.Before = before
			key.absent.Store(!exists)
			if SameJSON(key.value, before) {
				key.written.Shown, key.written.Known = before, true
			}
		}
	}
}

// sendKeys sets keys, and finds out which are set if the answer was lost. It returns the
// error if the server refuses them, as it may because of one.
func (a *API) sendKeys(ctx context.Context, keys []*configKey) error {
	values := make(map[string]any, len(keys))
	for _, key := range keys {
		values[key.name] = key.value
	}
	putBack, shown, err := a.setConfig(ctx, values)
	var now map[string]any
	switch isLost := errors.Is(err, ErrConfigLost); {
	case OutcomeUnknown(err) && !isLost:
		now, _ = a.readConfig(ctx) // if that fails, the error says enough
	case isRefusal(err) && !isLost:
		return err
	}
	for _, key := range keys {
		w := &key.written
		w.PutBack, w.Shown, w.Known = putBack, shown[key.name], shown != nil
		w.Recovered, key.err = settleLost(err, func() bool { return SameJSON(now[key.name], key.value) })
		if w.Recovered != nil {
			a.config.note(map[string]any{key.name: key.value})
		}
	}
	return nil
}

// setConfig sets keys. It returns those that the server lost by it, and has back, and what
// it showed for ten seconds, if that is still what was there before. The caller has the lock.
func (a *API) setConfig(ctx context.Context, keys map[string]any) (putBack []string, shown map[string]any, err error) {
	c := &a.config
	if c.kind == configKeeps {
		return nil, nil, a.postConfig(ctx, keys, keys)
	}
	before, err := a.configBefore(ctx)
	if err != nil {
		return nil, nil, err
	}
	others := c.overlay(before)
	for key := range keys {
		delete(others, key)
	}
	whole := maps.Clone(others)
	maps.Copy(whole, keys)
	if len(others) == 0 || c.kind == configReplaces || !anyDiffers(keys, before, keys) { // the last will show nothing
		return nil, nil, a.postConfig(ctx, keys, whole)
	}
	// Once they are written, others may be lost, and an interrupt must not stop those from
	// being put back; all of it shares one grace.
	lasting, cancel := WithGrace(ctx)
	defer cancel()
	failure := a.postConfig(ctx, keys, keys)
	if failure != nil && !OutcomeUnknown(failure) {
		return nil, nil, failure
	}
	now, lookFailed := a.configAfter(lasting, keys, before)
	lost := missing(slices.Sorted(maps.Keys(others)), now) // all, as far as is known, if there is no such read
	if len(lost) == 0 {
		c.kind = configKeeps
		return nil, nil, failure
	}
	if lookFailed == nil {
		c.kind = configReplaces
	}
	c.setPutBack(others) // by the next write, if this one fails
	err = a.postConfig(lasting, keys, whole)
	switch {
	case err != nil:
		return nil, nil, fmt.Errorf("%w, and they could not be put back: %s: %w", ErrConfigLost, quoted(lost), err)
	case now != nil:
		return lost, nil, nil
	case lookFailed == nil: // ten seconds have passed
		return nil, before, nil
	}
	return nil, nil, nil
}

// configAfter is the first read after keys were written that is newer than that: only one
// in which any of them has changed says what else has. It is nil where there is none in
// ten seconds. The caller has the lock.
func (a *API) configAfter(ctx context.Context, keys, before map[string]any) (after map[string]any, err error) {
	_, err = poll(ctx, func(ctx context.Context) (bool, error) {
		now, err := a.readConfig(ctx)
		if err != nil || !anyDiffers(keys, before, now) {
			return false, err
		}
		after = now
		return true, nil
	})
	return after, err
}

// postConfig sends what is to be there, and remembers the keys that it is about.
func (a *API) postConfig(ctx context.Context, keys, whole map[string]any) error {
	_, err := request(ctx, a, call{method: http.MethodPost, path: pathConfig, body: whole}, success)
	switch {
	case err == nil:
		a.config.note(keys)
	case OutcomeUnknown(err):
		a.config.forget(keys)
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
		a.config.forget(map[string]any{key: nil})
	}
	recovered, err = settleLost(err, func() bool {
		shown, err := a.readConfig(ctx)
		return err == nil && len(missing([]string{key}, shown)) == 1
	})
	if err == nil {
		a.config.note(map[string]any{key: nil})
	}
	return recovered, err
}

// missing returns those of the keys that are not there.
func missing(keys []string, all map[string]any) []string {
	return slices.DeleteFunc(slices.Clone(keys), func(key string) bool {
		_, there := all[key]
		return there
	})
}

// anyDiffers reports whether one of the keys has another value in a than in b.
func anyDiffers(keys, a, b map[string]any) bool {
	for key := range keys {
		if !SameJSON(a[key], b[key]) {
			return true
		}
	}
	return false
}
