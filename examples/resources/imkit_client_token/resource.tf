resource "imkit_client" "robot" {
  id       = "parcel-robot"
  nickname = "Parcel robot"
  is_robot = true
}

# The server makes the token. It is replaced by the first apply that runs
# within three days of its expiry, and whenever the trigger changes.
resource "imkit_client_token" "robot" {
  client_id    = imkit_client.robot.id
  renew_before = "72h"

  rotation_triggers = {
    quarter = "2027-Q1"
  }
}

# A token of your own, from a sign-in service for example, bound to a client.
variable "alice_token" {
  type      = string
  sensitive = true
}

resource "imkit_client" "alice" {
  id       = "alice"
  nickname = "Alice"
}

resource "imkit_client_token" "alice" {
  client_id       = imkit_client.alice.id
  token           = var.alice_token
  expiration_date = "2030-01-01T00:00:00Z"
}
