variable "shop_version" {
  type = string
}

# Announces each new version.
action "imkit_send_message" "deployed" {
  config {
    room_id   = "on-duty"
    sender_id = "deployer"
    message   = "Version ${var.shop_version} of the shop is live."
  }
}

resource "terraform_data" "shop" {
  input = var.shop_version

  lifecycle {
    action_trigger {
      events  = [after_create, after_update]
      actions = [action.imkit_send_message.deployed]
    }
  }
}

# By hand: terraform apply -invoke=action.imkit_send_message.attention
action "imkit_send_message" "attention" {
  config {
    room_id      = "on-duty"
    sender_id    = "deployer"
    message      = "@ada @lin The shop does not answer."
    message_type = "announcement"
    mention_ids  = ["ada", "lin"]
  }
}
