# Takes over the robots that a server has already. A sandbox has one once
# robot-account was applied. Apply this once to list them, and write what it prints
# into a file:
#
#   terraform apply
#   terraform output -raw imports > imports.tf
#   terraform plan -generate-config-out=robots.tf
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

data "imkit_clients" "robots" {
  filter = jsonencode({ isRobot = true })
}

# Ids may hold what names of resources cannot: that becomes an underscore. Where
# two ids lead to the same name, Terraform says so; choose another.
output "imports" {
  value = join("\n", [for robot in data.imkit_clients.robots.clients : <<-EOT
    import {
      to = imkit_client.robot_${replace(robot.id, "/[^0-9A-Za-z_-]/", "_")}
      id = ${replace(jsonencode(robot.id), "/([$%]){/", "$1$1{")}
    }
  EOT
  ])
}
