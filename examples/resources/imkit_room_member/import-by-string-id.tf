import {
  to = imkit_room_member.robot
  id = "lobby/greeter"
}
