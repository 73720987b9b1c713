// Package session holds what the resources, data sources and ephemeral resources
// of one configured provider share: the client of the API, the clock, what this
// run made and destroyed, the base types that take the session in Configure, the kinds
// of attributes, how a failed call, or a token that cannot be revoked, is reported, and
// how objects are imported, adopted and listed, in the words of each noun.
package session
