# A robot account and its access token.
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
}

# Replaced by the first apply within two days of its expiry.
resource "imkit_client_token" "robot" {
  client_id = imkit_client.robot.id
}

output "token" {
  value     = imkit_client_token.robot.token
  sensitive = true
}
