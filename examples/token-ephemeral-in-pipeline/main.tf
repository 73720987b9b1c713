# After each release, signs in with a token that exists only as long as Terraform
# runs.
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

variable "release" {
  type = string
}

variable "base_url" {
  type    = string
  default = "https://your-app.imkit.io"
}

variable "client_key" {
  description = "Public client key of the application."
  type        = string
}

# The client has to exist before the first plan, because a plan opens the token
# too. It has to be one that nothing else uses: whenever a token is issued, the
# server may end the client's others.
ephemeral "imkit_client_token" "smoke_test" {
  client_id                = "smoke-test"
  allow_token_invalidation = true
}

resource "terraform_data" "smoke_test" {
  triggers_replace = [var.release]

  provisioner "local-exec" {
    command = "curl --fail --silent --show-error --header \"IM-CLIENT-KEY: $CLIENT_KEY\" --header \"IM-Authorization: $TOKEN\" \"$BASE_URL/me\""
    environment = {
      BASE_URL   = var.base_url
      CLIENT_KEY = var.client_key
      TOKEN      = ephemeral.imkit_client_token.smoke_test.token
    }
  }
}
