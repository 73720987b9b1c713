# On a server that cannot change groups, each version is a group of its own. What
# refers to the resource's id follows in the same apply.
resource "imkit_group" "on_call" {
  id         = "on-call-2"
  nickname   = "On call"
  member_ids = ["ann", "cid"]
}
