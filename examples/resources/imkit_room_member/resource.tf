resource "imkit_client" "robot" {
  id       = "greeter"
  nickname = "Greeter"
  is_robot = true
}

# The lobby is somebody else's; the robot in it is ours.
resource "imkit_room_member" "robot" {
  room_id   = "lobby"
  client_id = imkit_client.robot.id
  role      = "admin"

  properties = {
    shift = "night"
    level = 3
  }

  # The robot reads messages as they come, and needs no push notifications.
  notifications_muted = true
}
