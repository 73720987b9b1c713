import {
  to = imkit_room.parcels
  identity = {
    id = "parcels-taipei"
  }
}
