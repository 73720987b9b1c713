# All robots.
data "imkit_clients" "robots" {
  filter = jsonencode({ isRobot = true })
}

# Those of the two that exist.
data "imkit_clients" "desks" {
  ids = ["support-desk", "sales-desk"]
}

output "robot_names" {
  value = { for robot in data.imkit_clients.robots.clients : robot.id => robot.nickname }
}

output "desks_exist" {
  value = data.imkit_clients.desks.total_count == 2
}
