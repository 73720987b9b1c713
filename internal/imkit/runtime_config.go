package imkit

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"time"
)

const (
	pathConfig    = "/config"
	pathConfigKey = "/config/{key}"
)

// CheckConfigKey is [CheckID] for a key of the run-time configuration.
func CheckConfigKey(key string) error { return checkID("key", key) }

// Config returns the application's run-time configuration: all of its keys, with
// values as JSON: bool, string, [json.Number], []any, map[string]any, nil. Every
// user of the application may read it.
//
// Servers may show what they had a moment ago: for a minute, what was set or deleted
// in this run shows as it was sent.
//
// Calls at the same moment are one request, as with [API.LookUpClient].
//
// https://docs.imkit.io: GET /config.
func (a *API) Config(ctx context.Context) (map[string]any, error) {
	shown, err := a.nouns.configReads.read(ctx, pathConfig)
	if err != nil {
		return nil, err
	}
	return a.nouns.config.seen(shown.all, shown.asked), nil
}

// ShownConfig is [API.Config] as the server shows it at the moment, whatever was
// written in this run: it tells whether that shows already, and as it was sent.
func (a *API) ShownConfig(ctx context.Context) (map[string]any, error) {
	shown, err := a.nouns.configReads.read(ctx, pathConfig)
	return shown.all, err
}

// shownConfig is what a server showed when it was asked.
type shownConfig struct {
	all   map[string]any
	asked time.Time
}

func (s shownConfig) clone() shownConfig {
	return shownConfig{cloneObject(s.all), s.asked}
}

func (a *API) showConfig(ctx context.Context) (shownConfig, error) {
	asked := time.Now()
	all, err := a.getConfig(ctx)
	return shownConfig{all, asked}, err
}

// getConfig returns what the server shows.
func (a *API) getConfig(ctx context.Context) (map[string]any, error) {
	var all map[string]any
	err := a.do(ctx, call{
		method: http.MethodGet,
		path:   pathConfig,
		decode: func(reply answer) error {
			var err error
			all, err = reply.object()
			return err
		},
	})
	if err != nil {
		return nil, a.notAllowed(ctx, notAbsence(err))
	}
	return all, nil
}

// postConfig sends keys with their values.
func (a *API) postConfig(ctx context.Context, keys map[string]any) error {
	err := a.do(ctx, call{
		method: http.MethodPost,
		path:   pathConfig,
		body:   keys,
		decode: func(answer) error { return nil },
	})
	return a.notAllowed(ctx, notAbsence(err))
}

// DeleteConfig deletes a key. That there is none is success.
//
// https://docs.imkit.io: DELETE /config/{key}.
func (a *API) DeleteConfig(ctx context.Context, key string) error {
	if err := CheckConfigKey(key); err != nil {
		return err
	}
	c := call{method: http.MethodDelete, path: pathConfigKey, id: key, decode: func(answer) error { return nil }}
	return alone(ctx, &a.nouns.configTurn, pathConfig, c, func() error {
		err := a.do(ctx, c)
		if e, ok := errors.AsType[*Error](err); ok && e.saysGone() {
			err = nil
		}
		switch {
		case err == nil:
			a.nouns.config.wrote(map[string]any{key: absent{}})
		case OutcomeUnknown(err):
			a.nouns.config.forget(key)
		}
		return a.notAllowed(ctx, notAbsence(err))
	})
}

// asJSON returns a value as a reply would have it, and an error for what a key
// cannot have.
func asJSON(value any) (any, error) {
	encoded, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("the value cannot be encoded as JSON: %w", err)
	}
	d := json.NewDecoder(bytes.NewReader(encoded))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("the value cannot be encoded as JSON: %w", err)
	}
	if v == nil {
		return nil, errors.New("null is no value: a key without one is deleted")
	}
	return v, nil
}

func sameValue(v, w any) bool { return reflect.DeepEqual(v, w) }
