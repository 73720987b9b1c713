// Command servercheck finds out which kind of server one has: everything that servers are
// known to differ in, and for which the sandbox has a switch. "make check-server" runs it
// against the server of the environment variables that the provider reads.
//
// It makes two accounts, a group, a room and two keys of the configuration of its own, asks
// before it does, and removes what can be removed. What it is about to make it notes in a
// journal first, so that an error or Ctrl-C leaves no more behind than a whole run.
//
// An answer rests on a contrast: the thing done both ways, or a reply beside one that is
// known to be otherwise. Where there is none, the answer is "unknown", with the reason.
//
// Package imkit works with every kind of server and hides which one it is. So it does the
// provider's main job here, to see that it works, and everything else is asked by single
// requests (wire.go), whose replies show what imkit does not: fields of a reply, statuses,
// when something is shown. They are as careful as imkit's: they follow no redirect, read no
// endless reply, and of a reply only numbers, codes and names of fields are printed, so that
// no secret can be.
//
// What belongs here, by noun: the questions, with what each answer means to users, and the
// calls that find them out. The guide "Server differences" has the same names in the same
// order. Nothing imports this package.
package main
