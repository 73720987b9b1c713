# All robots.
list "imkit_client" "robots" {
  provider = imkit
  limit    = 10000

  config {
    filter = jsonencode({ isRobot = true })
  }
}
