// Package message is all that Terraform sees of what is told to people: the actions
// imkit_send_message, imkit_broadcast and imkit_push_notification. None of it can
// be taken back, so nothing is sent twice, and none of it is anybody else's
// business, so no error and no log repeats it.
package message
