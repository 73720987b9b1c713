import {
  to = imkit_room_member.robot
  identity = {
    room_id   = "lobby"
    client_id = "greeter"
  }
}
