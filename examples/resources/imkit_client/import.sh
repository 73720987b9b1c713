# By the client's id
terraform import imkit_client.robot parcel-robot
