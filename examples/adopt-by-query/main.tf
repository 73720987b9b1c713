# Takes over the robots that a server has already, which robots.tfquery.hcl finds.
# A sandbox has one once robot-account was applied.
#
#   terraform init
#   terraform query
#   terraform query -generate-config-out=robots.tf
#   terraform plan
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
