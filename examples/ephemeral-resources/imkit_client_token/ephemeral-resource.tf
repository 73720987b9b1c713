ephemeral "imkit_client_token" "smoke_test" {
  client_id                = "smoke-test"
  allow_token_invalidation = true
}

# Also possible: provider blocks and write-only arguments.
resource "terraform_data" "smoke_test" {
  provisioner "local-exec" {
    command = "./smoke-test.sh"
    environment = {
      CHAT_TOKEN = ephemeral.imkit_client_token.smoke_test.token
    }
  }
}
