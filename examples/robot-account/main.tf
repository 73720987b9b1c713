# A robot account and the access token it signs in with.
terraform {
  required_version = ">= 1.8"

  required_providers {
    imkit = {
      source = "imkit/imkit"
    }
  }
}

# Reads IMKIT_BASE_URL and IMKIT_API_KEY from the environment.
provider "imkit" {}

resource "imkit_client" "robot" {
  id          = "parcel-robot"
  nickname    = "Parcel robot"
  description = "Tells customers where their parcel is."
  is_robot    = true

  custom_attributes = {
    team      = "logistics"
    languages = ["en", "zh-TW"]
    priority  = 2
  }
}

# Replaced by the first apply that runs within two days of its expiry.
resource "imkit_client_token" "robot" {
  client_id    = imkit_client.robot.id
  renew_before = "48h"
}

output "client_id" {
  description = "Id of the robot's account."
  value       = imkit_client.robot.id
}

output "token" {
  description = "Access token of the robot, as printed by: terraform output -raw token."
  value       = imkit_client_token.robot.token
  sensitive   = true
}

output "expiration_date" {
  description = "When the token expires."
  value       = imkit_client_token.robot.expiration_date
}
