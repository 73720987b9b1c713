data "imkit_config" "current" {}

output "keys" {
  value = keys(data.imkit_config.current.values)
}

# A key that may not be there.
output "announcement" {
  value = try(data.imkit_config.current.values.announcement.text, "")
}
