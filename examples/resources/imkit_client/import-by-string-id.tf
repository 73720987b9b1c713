import {
  to = imkit_client.robot
  id = "parcel-robot"
}
