# Everybody in a CSV file, a hundred in a call. A pipeline exports it from another
# system and applies this, every night for example: only what changed is sent.
#
#   ./export-users > users.csv
#   terraform apply
#
terraform {
  required_version = ">= 1.8"

  required_providers {
    imkit = {
      source = "imkit/imkit"
    }
  }
}

# Reads IMKIT_BASE_URL and IMKIT_API_KEY from the environment.
provider "imkit" {}

locals {
  # Spreadsheets put a byte order mark in front of the first column's name.
  rows = csvdecode(trimprefix(file("${path.module}/users.csv"), "\ufeff"))

  # An empty cell leaves what the server has: null is not managed, "" would clear
  # it. Two rows with the same id are an error.
  users = {
    for row in local.rows : row.id => {
      nickname   = row.name != "" ? row.name : null
      avatar_url = row.picture != "" ? row.picture : null
    }
  }
}

resource "imkit_client_batch" "users" {
  clients = local.users

  # Who is no longer in the file is signed out, and cannot get in with an old token.
  on_destroy = "revoke_tokens"

  # An export that failed must not sign everybody out.
  lifecycle {
    precondition {
      condition     = length(local.users) >= 3
      error_message = "users.csv has only ${length(local.users)} users. Is the export complete?"
    }
  }
}

output "user_count" {
  value = imkit_client_batch.users.client_count
}
