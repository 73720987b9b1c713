import {
  to = imkit_room.parcels
  id = "parcels-taipei"
}
