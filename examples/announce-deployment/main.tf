# Announces each version of a shop in the room of the people on duty, as soon as it
# is live:
#
#   terraform apply -var=shop_version=1.2.3
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

variable "shop_version" {
  type = string
}

# Stands for whatever deploys the shop: a resource of any provider.
resource "terraform_data" "shop" {
  input = var.shop_version

  lifecycle {
    action_trigger {
      events  = [after_create, after_update]
      actions = [action.imkit_send_message.deployed]
    }
  }
}

action "imkit_send_message" "deployed" {
  config {
    room_id   = imkit_room.on_duty.id
    sender_id = imkit_client.deployer.id
    message   = "Version ${var.shop_version} of the shop is live."
  }
}

resource "imkit_client" "deployer" {
  id       = "deployer"
  nickname = "Deployments"
  is_robot = true
}

resource "imkit_room" "on_duty" {
  id         = "on-duty"
  name       = "On duty"
  member_ids = [imkit_client.deployer.id]
}
