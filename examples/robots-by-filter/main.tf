# Looks robots up by a filter, whoever made them: what a team's robots are called,
# and which of them nobody manages here.
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

# The filter is a MongoDB query over the fields of the API: isRobot, not is_robot.
# Custom attributes such as team are fields like any other.
data "imkit_clients" "robots" {
  filter = jsonencode({
    isRobot = true
    team    = { "$in" = ["logistics", "support"] }
  })

  # Asks once the robot is there, so that it is among them from the first apply on.
  depends_on = [imkit_client.robot]
}

resource "imkit_client" "robot" {
  id       = "customs-robot"
  nickname = "Customs robot"
  is_robot = true

  custom_attributes = {
    team = "logistics"
  }
}

output "robots" {
  description = "Names of the robots by id."
  value       = { for robot in data.imkit_clients.robots.clients : robot.id => robot.nickname }
}

output "unmanaged_robots" {
  description = "Robots that somebody made elsewhere."
  value       = [for robot in data.imkit_clients.robots.clients : robot.id if robot.id != imkit_client.robot.id]
}
