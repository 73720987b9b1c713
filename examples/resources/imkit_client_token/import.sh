terraform import imkit_client_token.alice alice
