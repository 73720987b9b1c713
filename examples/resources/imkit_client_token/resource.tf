resource "imkit_client" "robot" {
  id       = "tracking-robot"
  nickname = "Tracking robot"
  is_robot = true
}

# Replaced by the first apply within three days of its expiry, and when the trigger
# changes.
resource "imkit_client_token" "robot" {
  client_id    = imkit_client.robot.id
  renew_before = "72h"

  rotation_triggers = {
    quarter = "2027-Q1"
  }
}
