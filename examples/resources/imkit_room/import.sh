terraform import imkit_room.parcels parcels-taipei
