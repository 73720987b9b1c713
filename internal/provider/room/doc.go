// Package room is all that Terraform sees of rooms: the resource imkit_room and
// the data source of the same name.
package room
