// Package room is all that Terraform sees of rooms: the resources imkit_room and
// imkit_room_member, and the data source imkit_room.
package room
