# After each release, signs in with a token that exists only as long as Terraform
# runs. The account has to exist before the first plan, because a plan opens the
# token too. Make it in another configuration, or once by hand:
#
#   curl --fail --silent --show-error --header "IM-API-KEY: $IMKIT_API_KEY" \
#     --header "Content-Type: application/json" --data '{"_id": "smoke-test"}' \
#     "$IMKIT_BASE_URL/admin/clients"
#
#   terraform apply -var=release=1.2.3
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

variable "release" {
  type = string
}

# An account that nothing else uses: whenever a token is issued, the server may end
# the account's others.
ephemeral "imkit_client_token" "smoke_test" {
  client_id                = "smoke-test"
  allow_token_invalidation = true
}

resource "terraform_data" "smoke_test" {
  triggers_replace = [var.release]

  provisioner "local-exec" {
    command = "./smoke-test.sh"
    environment = {
      CHAT_TOKEN = ephemeral.imkit_client_token.smoke_test.token
    }
  }
}
