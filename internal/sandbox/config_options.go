package sandbox

import "time"

// ConfigOptions say in which of the known ways a server treats the run-time configuration.
type ConfigOptions struct {
	// NoRoutes makes every call about the configuration unknown to the server: 404 with an HTML page.
	NoRoutes bool

	// Replace makes POST /config put what is sent in the place of everything; otherwise the keys that are not
	// sent stay.
	Replace bool
	// RefuseRead, when set, is the status, 401 or 403, with which GET /config is refused to the API key.
	RefuseRead int
	// ShownAfter is how much later, by the server's clock, GET /config shows what was written, as from a cache.
	ShownAfter time.Duration
	// IgnoreMissing takes the deletion of a key that is not there for done; otherwise it is 404 CONFIG_NOT_FOUND.
	IgnoreMissing bool
}
