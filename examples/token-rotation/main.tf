# Replaces a token by the calendar or by hand, however long it has still to live.
# The calendar needs the provider hashicorp/time.
terraform {
  required_version = ">= 1.8"

  required_providers {
    imkit = {
      source = "imkit/imkit"
    }
    time = {
      source = "hashicorp/time"
    }
  }
}

# Reads IMKIT_BASE_URL and IMKIT_API_KEY from the environment.
provider "imkit" {}

variable "rotation" {
  description = "Change it to replace the token, after an incident for example."
  type        = string
  default     = "1"
}

resource "time_rotating" "daily" {
  rotation_days = 1
}

resource "imkit_client" "robot" {
  id       = "returns-robot"
  nickname = "Returns robot"
  is_robot = true
}

# A change of one of these values replaces the token. Near its expiry it is
# replaced as well, for the days on which nobody ran Terraform.
resource "imkit_client_token" "robot" {
  client_id = imkit_client.robot.id

  rotation_triggers = {
    calendar = time_rotating.daily.id
    by_hand  = var.rotation
  }
}
