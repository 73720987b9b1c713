data "imkit_groups" "all" {}

# Which groups each client is in.
output "groups_of" {
  value = transpose({ for group in data.imkit_groups.all.groups : group.id => group.member_ids })
}
