terraform {
  required_providers {
    imkit = {
      source = "imkit/imkit"
    }
  }
}

variable "alice_token" {
  description = "Token that your sign-in service made for Alice."
  type        = string
  sensitive   = true
}

locals {
  claims = provider::imkit::decode_token(var.alice_token)
}

# Stops a mix-up before the token is bound: the claims are not verified.
resource "imkit_client_token" "alice" {
  client_id = "alice"
  token     = var.alice_token

  lifecycle {
    precondition {
      condition     = local.claims.client_id == "alice"
      error_message = "The token was made for another client."
    }
  }
}

# What is in a sensitive value is sensitive as well, until somebody says that
# this part is not.
output "alice_token_expires" {
  value = nonsensitive(local.claims.expiration_date)
}
