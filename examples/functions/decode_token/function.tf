terraform {
  required_providers {
    imkit = {
      source = "imkit/imkit"
    }
  }
}

variable "carol_token" {
  type      = string
  sensitive = true
}

locals {
  claims = provider::imkit::decode_token(var.carol_token)
}

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

# Claims of a sensitive token are sensitive too.
output "carol_token_expires" {
  value = nonsensitive(local.claims.expiration_date)
}
