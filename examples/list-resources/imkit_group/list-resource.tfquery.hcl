list "imkit_group" "all" {
  provider = imkit
  limit    = 1000
}
