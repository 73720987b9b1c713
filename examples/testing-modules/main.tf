# A module with tests: a robot, its token, and a room with a team. tests/ has one
# with a mock, which needs no server, and one on a sandbox.
#
#   terraform test
#
terraform {
  required_version = ">= 1.8"

  required_providers {
    imkit = {
      source = "imkit/imkit"
    }
  }
}

variable "robot_id" {
  description = "ID of the robot's account."
  type        = string
}

variable "team" {
  description = "Custom attribute of the people in the room."
  type        = string
}

data "imkit_clients" "team" {
  filter = jsonencode({ team = var.team })
}

resource "imkit_client" "robot" {
  id       = var.robot_id
  nickname = "Helper"
  is_robot = true
}

resource "imkit_client_token" "robot" {
  client_id = imkit_client.robot.id
}

resource "imkit_room" "team" {
  name       = "Help for ${var.team}"
  member_ids = concat([imkit_client.robot.id], [for person in data.imkit_clients.team.clients : person.id])
}

output "token_issued" {
  value = formatdate("YYYY-MM-DD", imkit_client_token.robot.issued_at)
}

output "token_owner" {
  value = nonsensitive(provider::imkit::decode_token(imkit_client_token.robot.token).client_id)
}
