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
// provider's main job here, to see that it works, and what else is asked goes through
// its method Do, which shows the reply: its fields, its status, when something is shown. Of
// a reply only numbers, names of fields and imkit's errors are printed, which hold no secret.
//
// What belongs here, by noun: the questions, with what each answer means to users, and the
// calls that find them out. The guide "Server differences" has the same names in the same
// order. Nothing imports this package.
package main
