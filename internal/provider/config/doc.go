// Package config is all that Terraform sees of the run-time configuration of an
// application: the resource imkit_config, which is one key of it, and the data
// source imkit_config, which is the whole.
package config
