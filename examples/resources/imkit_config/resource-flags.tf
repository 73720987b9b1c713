variable "environment" {
  type    = string
  default = "staging"
}

locals {
  features = {
    staging    = { voice_messages = true, max_upload_mb = 50 }
    production = { voice_messages = false, max_upload_mb = 10 }
  }
}

resource "imkit_config" "features" {
  key   = "features"
  value = local.features[var.environment]
}
