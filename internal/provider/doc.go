// Package provider is the Terraform side of the IMKIT provider: its settings,
// resources, data sources, ephemeral resources and functions.
//
// Data flows one way: configuration → model → request of package imkit →
// server → reply → model → state. What the API looks like on the wire belongs
// in package imkit; what Terraform expects of a plan belongs here.
package provider
