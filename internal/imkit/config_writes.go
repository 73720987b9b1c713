package imkit

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"time"
)

// configWriter is how a server writes the run-time configuration. The published
// pages contradict each other: one says that a key that is sent is overwritten and
// the others stay, another that those are lost.
type configWriter int

const (
	writerUnknown  configWriter = iota
	writerKeeps                 // the keys that are not sent
	writerReplaces              // everything, as far as is known
)

// lookAgainAfter are the waits for a server to show what was written, five seconds
// in all. A run that ends before keys show that were put back leaves the next one to
// read of the moment without them.
var lookAgainAfter = []time.Duration{
	0, 100 * time.Millisecond, 300 * time.Millisecond, 600 * time.Millisecond, time.Second, time.Second, time.Second, time.Second,
}

// SetConfig sets a key to a value, anything that JSON has but null. Where that
// makes the server lose other keys, they are put back at once, and SetConfig returns
// their names: the caller should warn, since for a moment they were not there. From
// then on this run sends all keys with each write.
//
// Whether the server loses keys shows by the first write of a run, of which it reads
// what there is before and after. As long as it does not show because the server
// still shows what was there before, all keys are sent, in case it lost them. An
// error for which [IsConfigLost] is true says that they could not be put back.
//
// Writes go one at a time.
//
// https://docs.imkit.io: POST /config.
func (a *API) SetConfig(ctx context.Context, key string, value any) (putBack []string, err error) {
	if err := CheckConfigKey(key); err != nil {
		return nil, err
	}
	if value, err = asJSON(value); err != nil {
		return nil, err
	}
	c := call{method: http.MethodPost, path: pathConfig}
	err = alone(ctx, &a.nouns.configTurn, pathConfig, c, func() error {
		var err error
		putBack, err = a.setConfig(ctx, key, value)
		return err
	})
	return putBack, err
}

// setConfig sets a key. The caller has the turn.
func (a *API) setConfig(ctx context.Context, key string, value any) ([]string, error) {
	if a.nouns.configWriter == writerKeeps {
		return nil, a.writeConfig(ctx, key, map[string]any{key: value})
	}
	asked := time.Now()
	shown, err := a.getConfig(ctx)
	if err != nil {
		return nil, nothingSent(err)
	}
	others := a.nouns.config.seen(shown, asked)
	delete(others, key)
	whole := maps.Clone(others)
	whole[key] = value
	switch {
	case len(others) == 0, a.nouns.configWriter == writerReplaces:
		return nil, a.writeConfig(ctx, key, whole)
	case sameValue(valueOf(shown, key), value): // which will show nothing
		return nil, a.writeConfig(ctx, key, whole)
	}
	// Once it is written, keys may be lost, and nobody who stops waiting keeps them
	// from being put back; but all of it together has one time of grace.
	lasting, cancel := WithGrace(ctx)
	defer cancel()
	a.nouns.config.hold(others) // or whoever reads meanwhile takes them for gone
	defer a.nouns.config.hold(nil)
	err = a.writeConfig(ctx, key, map[string]any{key: value})
	if err != nil && !OutcomeUnknown(err) {
		return nil, err
	}
	ctx = lasting
	lost, kept := a.lostConfig(ctx, others, key, valueOf(shown, key))
	if kept {
		a.nouns.configWriter = writerKeeps
		a.nouns.config.wrote(map[string]any{key: value})
		return nil, nil
	}
	a.nouns.configWriter = writerReplaces
	if err := a.writeConfig(ctx, key, whole); err != nil {
		return nil, configLostError(lost, err)
	}
	a.nouns.config.wrote(others) // the server may still come to show the moment without them
	if len(lost) > 0 {
		a.awaitConfig(ctx, lost)
	}
	return lost, nil
}

// nothingSent is the error of a read before anything was written: whatever became
// of that read, it leaves no doubt.
func nothingSent(err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok || !e.unknown {
		return err
	}
	changed := *e
	changed.unknown = false
	return &changed
}

// writeConfig sends keys, and remembers the one that it is about.
func (a *API) writeConfig(ctx context.Context, key string, keys map[string]any) error {
	err := a.postConfig(ctx, keys)
	switch {
	case err == nil:
		a.nouns.config.wrote(map[string]any{key: keys[key]})
	case OutcomeUnknown(err):
		a.nouns.config.forget(key)
	}
	return err
}

// lostConfig looks which of the other keys are not there any longer after a key was
// written that had the value before. Only an answer in which that value has changed
// is newer than the write, and says anything: kept tells that all are in such a one.
func (a *API) lostConfig(ctx context.Context, others map[string]any, key string, before any) (lost []string, kept bool) {
	for _, wait := range lookAgainAfter {
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil, false
		}
		now, err := a.getConfig(ctx)
		if err != nil {
			return nil, false
		}
		if sameValue(valueOf(now, key), before) {
			continue
		}
		for other := range others {
			if _, there := now[other]; !there {
				lost = append(lost, other)
			}
		}
		slices.Sort(lost)
		return lost, len(lost) == 0
	}
	return nil, false
}

// awaitConfig waits, as long as it may take, for the server to show keys that were
// put back: to the next run, which remembers nothing, what does not show is not
// there.
func (a *API) awaitConfig(ctx context.Context, keys []string) {
	for _, wait := range lookAgainAfter {
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return
		}
		now, err := a.getConfig(ctx)
		if err != nil || !slices.ContainsFunc(keys, func(key string) bool { _, there := now[key]; return !there }) {
			return
		}
	}
}

// configLostError is the error of putting keys back.
func configLostError(lost []string, err error) error {
	says := "the server may have lost the other keys of the configuration, and they could not be put back"
	if len(lost) > 0 {
		says = "the server lost other keys of the configuration when one was written, and they could not be put back: " + quoted(lost)
	}
	return &explained{configLost, says, err}
}
