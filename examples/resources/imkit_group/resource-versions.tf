# The second version of the group.
resource "imkit_group" "on_call" {
  id         = "on-call-2"
  nickname   = "On call"
  member_ids = ["ann", "cid"]
}
