list "imkit_client" "robot" {
  provider = imkit
  limit    = 1000

  config {
    filter = jsonencode({ isRobot = true })
  }
}
