# A token that the server issues and a nightly pipeline renews:
#
#   terraform plan -out=nightly.tfplan
#   terraform apply nightly.tfplan
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

resource "imkit_client" "robot" {
  id       = "stock-robot"
  nickname = "Stock robot"
  is_robot = true
}

# Tokens live for about a week. Two days leave room for a night or two on which
# the pipeline fails.
resource "imkit_client_token" "robot" {
  client_id    = imkit_client.robot.id
  renew_before = "48h"
}

output "token" {
  description = "For the robot: terraform output -raw token."
  value       = imkit_client_token.robot.token
  sensitive   = true
}

output "expiration_date" {
  value = imkit_client_token.robot.expiration_date
}
