# A token of your own, by the id of its client. A token that the server issued
# cannot be imported, because the server never shows it again.
terraform import imkit_client_token.alice alice
