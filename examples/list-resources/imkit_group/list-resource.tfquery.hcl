# Without a limit, Terraform takes the first 100.
list "imkit_group" "all" {
  provider = imkit
  limit    = 1000
}
