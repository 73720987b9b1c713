package imkit

import "slices"

// reservedFields is sorted.
var reservedFields = []string{}

// ReservedField reports whether a field of a client belongs to this package
// or to the server, so that [Profile.Custom] cannot hold it.
func ReservedField(name string) bool {
	_, found := slices.BinarySearch(reservedFields, name)
	return found
}

// ReservedFields lists the names for which [ReservedField] is true, sorted.
func ReservedFields() []string { return slices.Clone(reservedFields) }
