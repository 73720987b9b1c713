# A client that exists already, and that nothing but this configuration uses:
# each plan and each apply issues a token, which may end the client's others.
ephemeral "imkit_client_token" "smoke_test" {
  client_id                = "smoke-test"
  allow_token_invalidation = true
}

# Ephemeral values go where Terraform keeps nothing: provisioners, provider
# blocks and write-only arguments.
resource "terraform_data" "smoke_test" {
  provisioner "local-exec" {
    command = "./smoke-test.sh"
    environment = {
      CHAT_TOKEN = ephemeral.imkit_client_token.smoke_test.token
    }
  }
}
