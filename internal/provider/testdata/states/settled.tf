resource "imkit_client" "robot" {
  id                = "robot"
  nickname          = "Robot"
  is_robot          = true
  custom_attributes = { tier = "gold", level = 3, tags = ["a", "b"] }
}

resource "imkit_client_token" "issued" {
  client_id         = imkit_client.robot.id
  rotation_triggers = { by = "hand" }
}

resource "imkit_client_token" "bound" {
  client_id       = "ann"
  token           = "bound-token"
  expiration_date = "2027-01-01T00:00:00Z"
}

resource "imkit_client_batch" "staff" {
  clients = { bob = { nickname = "Bob" }, eve = {} }
}

resource "imkit_group" "team" {
  id         = "team"
  nickname   = "Team"
  member_ids = ["ann"]
}

resource "imkit_room" "lobby" {
  id          = "lobby"
  name        = "Lobby"
  tags        = ["public"]
  owner_id    = "ann"
  ext_params  = "a=1&b=2"
  open        = true
  description = "For all"
}

resource "imkit_room_member" "robot" {
  room_id    = imkit_room.lobby.id
  client_id  = imkit_client.robot.id
  role       = "admin"
  properties = { desk = 4, tags = ["a"] }
}

resource "imkit_config" "announcement" {
  key   = "announcement"
  value = { text = "Hello", ids = [1, 2], pin = true }
}
