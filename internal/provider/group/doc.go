// Package group is all that Terraform sees of user groups, which stand for the
// clients in them: the resource imkit_group, and the data source imkit_groups.
package group
