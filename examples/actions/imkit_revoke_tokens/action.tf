variable "leaked" {
  description = "IDs of the clients whose tokens are in wrong hands."
  type        = set(string)
  default     = []
}

# Signs them out at once:
#   terraform apply -invoke=action.imkit_revoke_tokens.leaked -var='leaked=["parcel-robot"]'
action "imkit_revoke_tokens" "leaked" {
  config {
    client_ids = var.leaked
  }
}
