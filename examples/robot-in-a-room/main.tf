# A robot account, its token, and the room in which it answers people.
#
#   export TF_VAR_webhook="https://hooks.example.com/imkit?key=..."
#   terraform apply
#
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

# From the environment, so that whatever secret the URL holds is in no file.
variable "webhook" {
  description = "URL that gets the events of the room."
  type        = string
  sensitive   = true
}

locals {
  people = {
    ada = "Ada"
    lin = "Lin"
  }
}

resource "imkit_client" "robot" {
  id       = "parcel-helper"
  nickname = "Parcel helper"
  is_robot = true
}

# Replaced by the first apply that runs within two days of its expiry.
resource "imkit_client_token" "robot" {
  client_id    = imkit_client.robot.id
  renew_before = "48h"
}

resource "imkit_client" "people" {
  for_each = local.people

  id       = each.key
  nickname = each.value
}

# These members and no others: who is added elsewhere is removed, and who is
# removed comes back.
resource "imkit_room" "parcels" {
  id         = "where-is-my-parcel"
  name       = "Where is my parcel?"
  webhook    = var.webhook
  bot_mode   = true
  member_ids = concat([imkit_client.robot.id], [for person in imkit_client.people : person.id])
}

output "token" {
  description = "Access token of the robot, as printed by: terraform output -raw token."
  value       = imkit_client_token.robot.token
  sensitive   = true
}
