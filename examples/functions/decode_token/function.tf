terraform {
  required_providers {
    imkit = {
      source = "imkit/imkit"
    }
  }
}

variable "carol_token" {
  description = "Token that your sign-in service made for Carol."
  type        = string
  sensitive   = true
}

locals {
  claims = provider::imkit::decode_token(var.carol_token)
}

# Stops a mix-up before the token is bound: the claims are not verified.
resource "imkit_client_token" "carol" {
  client_id = "carol"
  token     = var.carol_token

  lifecycle {
    precondition {
      condition     = local.claims.client_id == "carol"
      error_message = "The token was made for another client."
    }
  }
}

# What is in a sensitive value is sensitive as well, until somebody says that
# this part is not.
output "carol_token_expires" {
  value = nonsensitive(local.claims.expiration_date)
}
