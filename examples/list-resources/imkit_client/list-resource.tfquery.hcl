# All robots.
list "imkit_client" "robots" {
  provider = imkit
  limit    = 10000

  config {
    filter = jsonencode({ isRobot = true })
  }
}

# Five clients, with their attributes.
list "imkit_client" "some" {
  provider         = imkit
  limit            = 5
  include_resource = true
}
