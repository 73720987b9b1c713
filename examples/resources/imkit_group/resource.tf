resource "imkit_client" "agent" {
  for_each = { ann = "Ann", cid = "Cid" }
  id       = each.key
  nickname = each.value
}

resource "imkit_group" "support" {
  id         = "customer-service"
  nickname   = "Customer service"
  avatar_url = "https://example.com/desk.png"
  member_ids = [for agent in imkit_client.agent : agent.id]
}

# A group whose members are managed in the app.
resource "imkit_group" "volunteers" {
  id             = "volunteers"
  nickname       = "Volunteers"
  adopt_existing = true
}
