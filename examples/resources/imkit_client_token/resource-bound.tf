variable "alice_token" {
  type      = string
  sensitive = true
}

# Another token or date is bound in place, and the old token is revoked.
resource "imkit_client_token" "alice" {
  client_id       = "alice"
  token           = var.alice_token
  expiration_date = "2030-01-01T00:00:00Z"
}
