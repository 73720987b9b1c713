variable "leaked" {
  type    = set(string)
  default = []
}

# terraform apply -invoke=action.imkit_revoke_tokens.leaked -var='leaked=["parcel-robot"]'
action "imkit_revoke_tokens" "leaked" {
  config {
    client_ids = var.leaked
  }
}
