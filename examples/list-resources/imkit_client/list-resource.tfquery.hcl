# All robots. Without a limit, Terraform takes the first 100.
list "imkit_client" "robots" {
  provider = imkit
  limit    = 10000

  config {
    filter = jsonencode({ isRobot = true })
  }
}

# Five clients of any kind, with all that the server says of them.
list "imkit_client" "some" {
  provider         = imkit
  limit            = 5
  include_resource = true
}
