data "imkit_config" "current" {}

output "keys" {
  value = keys(data.imkit_config.current.values)
}

# A key that may not exist.
output "announcement" {
  value = try(data.imkit_config.current.values.announcement.text, "")
}
