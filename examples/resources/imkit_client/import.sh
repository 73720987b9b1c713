terraform import imkit_client.robot parcel-robot
