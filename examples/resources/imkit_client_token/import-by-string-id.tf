import {
  to = imkit_client_token.alice
  id = "alice"
}
