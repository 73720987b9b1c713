resource "imkit_client" "agent" {
  for_each = { ann = "Ann", cid = "Cid" }
  id       = each.key
  nickname = each.value
}

# A team. Rooms that have the group as a member have all of its people.
resource "imkit_group" "support" {
  id         = "customer-service"
  nickname   = "Customer service"
  avatar_url = "https://example.com/desk.png"
  member_ids = [for agent in imkit_client.agent : agent.id]
}

# A group whose people are managed in the app: what is not configured stays as it is.
resource "imkit_group" "volunteers" {
  id             = "volunteers"
  nickname       = "Volunteers"
  adopt_existing = true
}
