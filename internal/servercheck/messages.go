package main

import "context"

// messages is whether there are the calls that send. None of them is made in a way that could send anything, and the
// one for push notifications not at all.
var messages = topic{
	title: "Messages", page: "actions/send_message.md",
	questions: []question{
		{"no-message-routes", "Does it lack the calls that send messages?", "Actions that send fail.", "imkit_send_message can be used."},
	},
	find: (*check).findMessages,
}

func (c *check) findMessages(ctx context.Context) {
	c.lacks("no-message-routes", c.call(ctx, "POST /messages", map[string]any{}))
}
