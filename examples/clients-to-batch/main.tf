# Moves people from an imkit_client each to one batch. Their accounts and access
# tokens stay as they are.
#
# Before, the configuration had this in the place of the two blocks below. To try
# the move, apply that first, in the same folder:
#
#   resource "imkit_client" "user" {
#     for_each = { for row in csvdecode(file("${path.module}/users.csv")) : row.id => row }
#
#     id       = each.key
#     nickname = each.value.name
#   }
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

# Terraform forgets them all, whatever their on_destroy. Without this block it
# would destroy them, which revokes everybody's tokens. Remove the block once it
# was applied.
removed {
  from = imkit_client.user

  # OpenTofu knows this block since 1.10. In OpenTofu 1.8 and 1.9 leave it out:
  # a removed block there never destroys.
  lifecycle {
    destroy = false
  }
}

# Sends each name once more, as it is.
resource "imkit_client_batch" "users" {
  clients = {
    for row in csvdecode(file("${path.module}/users.csv")) : row.id => { nickname = row.name }
  }
}
