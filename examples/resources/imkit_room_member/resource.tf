resource "imkit_client" "robot" {
  id       = "greeter"
  nickname = "Greeter"
  is_robot = true
}

# The lobby is managed elsewhere.
resource "imkit_room_member" "robot" {
  room_id   = "lobby"
  client_id = imkit_client.robot.id
  role      = "admin"

  properties = {
    shift = "night"
    level = 3
  }

  notifications_muted = true
}
