# Signs accounts out whose tokens leaked. They have to exist; this one is the robot
# of robot-account:
#
#   terraform apply -invoke=action.imkit_revoke_tokens.leaked -var='leaked=["parcel-robot"]'
#
terraform {
  required_version = ">= 1.14"

  required_providers {
    imkit = {
      source = "imkit/imkit"
    }
  }
}

# Reads IMKIT_BASE_URL and IMKIT_API_KEY from the environment.
provider "imkit" {}

variable "leaked" {
  description = "IDs of the accounts to sign out."
  type        = set(string)
  default     = []
}

action "imkit_revoke_tokens" "leaked" {
  config {
    client_ids = var.leaked
  }
}
