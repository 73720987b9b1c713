import {
  to = imkit_client.robot
  identity = {
    id = "parcel-robot"
  }
}
