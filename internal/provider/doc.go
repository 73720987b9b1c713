// Package provider is the Terraform side of the IMKIT provider: its settings, and
// what it consists of. Each noun has a package beneath this one, and what nouns
// share is in packages named for what they hold.
//
// Data flows one way: configuration → model → request of package imkit →
// server → reply → model → state. What the API looks like on the wire belongs
// in package imkit; what Terraform expects of a plan belongs here.
package provider
