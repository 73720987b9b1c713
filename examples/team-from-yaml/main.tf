# A team in a YAML file, an imkit_client for each member. That suits accounts
# with more to them than a name and a picture; thousands of people are better
# off in a batch, as in users-from-csv.
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

locals {
  team = yamldecode(file("${path.module}/team.yaml"))
}

# What a member's entry leaves out is not managed. A member who is taken out of
# the file loses every access token.
resource "imkit_client" "member" {
  for_each = local.team

  id                = each.key
  nickname          = each.value.name
  description       = try(each.value.description, null)
  is_robot          = try(each.value.robot, null)
  custom_attributes = try(each.value.attributes, null)
}

# A token for each robot.
resource "imkit_client_token" "robot" {
  for_each = { for id, member in local.team : id => member if try(member.robot, false) }

  client_id = imkit_client.member[each.key].id
}

output "robot_tokens" {
  description = "For the robots: terraform output -json robot_tokens."
  value       = { for id, token in imkit_client_token.robot : id => token.token }
  sensitive   = true
}
