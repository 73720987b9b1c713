# A second application, with settings of its own. Resources name it:
# provider = imkit.staging
provider "imkit" {
  alias    = "staging"
  base_url = "https://your-staging-app.imkit.io"
  api_key  = var.staging_api_key
}

# From Terraform 1.10 and OpenTofu 1.11 on, add ephemeral = true: then no plan
# file has the key.
variable "staging_api_key" {
  type      = string
  sensitive = true
}
