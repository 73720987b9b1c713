# All robots. The filter is a MongoDB query over the fields of the API.
data "imkit_clients" "robots" {
  filter = jsonencode({ isRobot = true })
}

# These two, as far as they exist.
data "imkit_clients" "desks" {
  ids = ["support-desk", "sales-desk"]
}

output "robot_names" {
  value = { for robot in data.imkit_clients.robots.clients : robot.id => robot.nickname }
}

output "desks_exist" {
  value = data.imkit_clients.desks.total_count == 2
}
