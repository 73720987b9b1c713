# Binds tokens that your own identity provider makes. The pipeline gets them from
# there and passes them on. To try it, any word does:
#
#   export TF_VAR_alice_token="alices-own-token"
#   export TF_VAR_alice_token_expires="2030-01-31T12:00:00Z"
#   export TF_VAR_bob_token="bobs-own-token"
#   terraform apply
#
terraform {
  required_version = ">= 1.11" # OpenTofu 1.11 as well

  required_providers {
    imkit = {
      source = "imkit/imkit"
    }
  }
}

# Reads IMKIT_BASE_URL and IMKIT_API_KEY from the environment.
provider "imkit" {}

# Write-only: Alice's token is in no plan and no state.
variable "alice_token" {
  type      = string
  ephemeral = true
}

variable "alice_token_expires" {
  description = "RFC 3339, such as 2030-01-31T12:00:00Z."
  type        = string
}

resource "imkit_client" "alice" {
  id       = "alice"
  nickname = "Alice"
}

resource "imkit_client_token" "alice" {
  client_id       = imkit_client.alice.id
  token_wo        = var.alice_token
  expiration_date = var.alice_token_expires

  # Terraform cannot see that a write-only value changed. Another token has
  # another date, and so another version.
  token_wo_version = parseint(formatdate("YYYYMMDDhhmmss", var.alice_token_expires), 10)
}

# In the state: Bob's token. Terraform sees when it changes, and revokes the old
# one and, on destroy, this one.
variable "bob_token" {
  type      = string
  sensitive = true
}

resource "imkit_client" "bob" {
  id       = "bob"
  nickname = "Bob"
}

# The date comes from the server's answer, or else from the token, if it is a JWT.
resource "imkit_client_token" "bob" {
  client_id = imkit_client.bob.id
  token     = var.bob_token
}

# A bound token is never replaced by the clock. This says when it is time for
# another one, in each plan and apply.
check "tokens_are_fresh" {
  assert {
    condition = !anytrue([
      imkit_client_token.alice.ready_for_renewal,
      imkit_client_token.bob.ready_for_renewal,
    ])
    error_message = "Get new tokens from the identity provider."
  }
}
