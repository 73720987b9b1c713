// Package sandbox is a stateful, in-memory IMKIT chat server: an [http.Handler] for tests, and, through
// the command imkit-sandbox, a server for people to try things on.
//
// What belongs here is how the server behaves: its routes, its checks, its replies, and what servers are
// known to differ in, as switches in [Options]. With that come the means of testing against it: a
// request log, injected faults, a clock that can be moved, and edits behind the caller's back.
//
// What does not belong here is any knowledge of the provider. The package imports neither the API client
// nor the provider, so that a mistake in those cannot hide behind the same mistake in here. It is as
// strict as the published API allows, so that a sloppy request shows.
package sandbox
