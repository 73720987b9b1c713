terraform {
  required_providers {
    imkit = {
      source = "imkit/imkit"
    }
  }
}

# Base URL and API key come from the environment variables IMKIT_BASE_URL and
# IMKIT_API_KEY, which keeps the key out of the configuration.
provider "imkit" {}
