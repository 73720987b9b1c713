package main

import (
	"context"
	"errors"
	"strconv"
)

// config is the run-time configuration. Whatever is written has everybody else's keys in it, with the values that a
// read just showed.
var config = topic{
	title: "The configuration", page: "resources/config.md",
	questions: []question{
		{"no-config-routes", "Does it lack the calls about the configuration?", "imkit_config cannot be used.", "imkit_config can be used."},
		{"refuse-config-read", "Does it refuse to show the configuration to the API key?", "imkit_config cannot be used.", "The provider sees what it writes."},
		{"config-shown-after", "How late does a read show what was written?", "An apply waits for it, ten seconds at most.", "Nothing to wait for."},
		{"replace-config", "Does a write lose the keys that it does not send?", "The provider puts them back, and sends all from then on. Manage the configuration in one place.", "A write changes its own keys only."},
		{"ignore-missing-keys", "Is deleting a key that is not there a success?", "The provider takes both for done.", ""},
	},
	find: (*check).findConfig,
}

const (
	readConfig  = "GET /config"
	writeConfig = "POST /config"
	deleteKey   = "DELETE /config/{key}"
)

func (c *check) findConfig(ctx context.Context) {
	r := c.call(ctx, readConfig, nil)
	c.needs("no-config-routes", r)
	if r.denies() {
		c.answer("refuse-config-read", strconv.Itoa(r.means()))
		c.fail(errors.New("the configuration cannot be read, so that nothing is written to it"))
	}
	c.mustDo(r)
	c.answer("refuse-config-read", false)
	c.answerLate("config-shown-after", c.writeKey(ctx, c.keys[0]))
	if c.writeKey(ctx, c.keys[1]) == "" {
		c.fail(errors.New("a second write did not show in time"))
	}
	c.answer("replace-config", c.readKeys(ctx)[c.keys[0]] == nil)
	c.must(ctx, deleteKey, nil, c.keys[1])
	again := c.mustAnswer(c.call(ctx, deleteKey, nil, c.keys[1]))
	c.answer("ignore-missing-keys", again.did())
}

// readKeys is the configuration.
func (c *check) readKeys(ctx context.Context) map[string]any {
	keys := c.must(ctx, readConfig, nil).fields()
	if keys == nil {
		c.fail(errors.New("the configuration is no object"))
	}
	return keys
}

// writeKey writes one key of the check's own, with all of everybody else's, and waits until it shows.
func (c *check) writeKey(ctx context.Context, key string) (late string) {
	all := c.readKeys(ctx)
	if c.err != nil { // without them, nothing may be written
		return ""
	}
	for _, own := range c.keys {
		delete(all, own)
	}
	all[key] = "make check-server"
	c.journal.add(kindKey, key)
	c.must(ctx, writeConfig, all)
	return c.await(ctx, func() bool { return c.readKeys(ctx)[key] != nil })
}
