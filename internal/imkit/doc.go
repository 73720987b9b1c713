// Package imkit calls the IMKIT Platform API (https://docs.imkit.io) with an
// application's API key: accounts ("clients") and their access tokens, rooms and their
// members, user groups, the run-time configuration, and messages.
//
// What belongs here is what the server dictates: addresses, headers, the shapes of
// requests, replies and errors, limits, retries, and keeping secrets out of everything
// that may be shown or logged. The package knows nothing of Terraform.
//
// Every call goes through one function, [API.send], and fails with an [*Error], whose
// [Kind] says why. Transient failures are retried, except of calls that must not be made
// twice. A server that does not answer three calls in a row is left alone for half a minute.
//
// A call that changes something and whose answer was lost is settled by a look: what it
// did counts, and the failure is returned beside it as recovered.
//
// When a caller's context ends, whatever waits or only reads stops at once, and no
// further attempt is made. A call that changes something (any method but GET) and may
// have been sent gets [InterruptGrace] for its answer, which then counts in full: an
// interrupt loses nothing that the server has done.
package imkit
