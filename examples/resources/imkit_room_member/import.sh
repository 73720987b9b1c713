terraform import imkit_room_member.robot lobby/greeter
