variable "bob_token" {
  type      = string
  ephemeral = true
}

# Terraform cannot see that token_wo changed: another version binds it.
resource "imkit_client_token" "bob" {
  client_id        = "bob"
  token_wo         = var.bob_token
  token_wo_version = 1
  expiration_date  = "2030-01-01T00:00:00Z"
}
