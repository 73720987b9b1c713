# Hands an issued token to a secret store, from where the robot reads it. The
# store is AWS Secrets Manager here, which needs the provider hashicorp/aws.
# With HashiCorp Vault it is vault_kv_secret_v2 with data_json_wo.
terraform {
  required_version = ">= 1.11" # OpenTofu 1.11 as well

  required_providers {
    imkit = {
      source = "imkit/imkit"
    }
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.88"
    }
  }
}

# Reads IMKIT_BASE_URL and IMKIT_API_KEY from the environment.
provider "imkit" {}

provider "aws" {}

resource "imkit_client" "robot" {
  id       = "invoice-robot"
  nickname = "Invoice robot"
  is_robot = true
}

# The new token is in the store before the old one is revoked.
resource "imkit_client_token" "robot" {
  client_id = imkit_client.robot.id

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_secretsmanager_secret" "robot" {
  name = "invoice-robot/chat-token"
}

# Write-only, so the token is not in the state a second time. It does stand
# there once, with the resource that issued it.
resource "aws_secretsmanager_secret_version" "robot" {
  secret_id        = aws_secretsmanager_secret.robot.id
  secret_string_wo = imkit_client_token.robot.token

  # Terraform cannot see that a write-only value changed. Another token has
  # another issued_at, and so another version.
  secret_string_wo_version = parseint(formatdate("YYYYMMDDhhmmss", imkit_client_token.robot.issued_at), 10)
}
