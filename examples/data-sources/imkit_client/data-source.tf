data "imkit_client" "support" {
  id = "support-desk"
}

output "support_last_login" {
  value = data.imkit_client.support.last_login_time
}
