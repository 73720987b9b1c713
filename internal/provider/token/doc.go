// Package token is all that Terraform sees of access tokens: the resource
// imkit_client_token with the table that decides its plans, the ephemeral
// resource of the same name, the action imkit_revoke_tokens, and the function
// decode_token.
package token
