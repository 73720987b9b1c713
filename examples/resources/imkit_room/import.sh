# By the room's id
terraform import imkit_room.parcels parcels-taipei
