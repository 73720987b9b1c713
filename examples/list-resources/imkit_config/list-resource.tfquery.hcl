list "imkit_config" "all" {
  provider = imkit
}
