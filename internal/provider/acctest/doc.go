// Package acctest is what the tests of the provider and of its nouns share. Only
// tests import it.
//
// A test begins with a [World]: a sandbox and a provider that share one clock,
// which [World.Later] and the sandbox's Advance move. What happens in it goes one
// of three ways:
//
//   - [World.Test] runs steps of terraform-plugin-testing: configuration, planned
//     action, state. It is the way to show what a resource does.
//   - [World.CLI] is a working directory of a real Terraform, for saved plans,
//     flags, and the words that people read. [BinaryCLI] is the same with the built
//     provider as a program of its own, for logs and signals.
//   - [World.Core] plays Terraform's part over the plugin protocol, in this
//     process: for cases by the hundred, in bubbles of testing/synctest with
//     [NewWorldInMemory], and for what only newer cores ask.
//
// Configurations come from builders such as [Client] and [ClientToken], which
// take the lines of the block's body. What the server was sent is asked of the
// sandbox: [World.Sent], [World.Upserts] and the embedded Server's own methods.
// Features that not every core has are told by [Knows].
//
// Every package whose tests use it has a TestMain that calls [Main], which finds
// the Terraform to run and keeps the machine's own settings out.
package acctest
