# A renewal without a moment in which there is no token: the new one is issued,
# then everything that depends on it is updated, then the old one is revoked.
#
# Some servers end a client's old tokens when they issue another. There the old
# token ends a little earlier, when the new one is issued.
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
  id       = "order-robot"
  nickname = "Order robot"
  is_robot = true
}

resource "imkit_client_token" "robot" {
  client_id = imkit_client.robot.id

  lifecycle {
    create_before_destroy = true
  }
}

# Stands for whatever hands the token to the robot.
resource "terraform_data" "delivery" {
  triggers_replace = [imkit_client_token.robot.id]

  provisioner "local-exec" {
    command = "./deliver.sh"
    environment = {
      CHAT_TOKEN = imkit_client_token.robot.token
    }
  }
}
