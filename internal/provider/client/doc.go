// Package client is all that Terraform sees of clients, the accounts of a chat
// server: the resources imkit_client and imkit_client_batch, and the data sources
// imkit_client and imkit_clients.
package client
