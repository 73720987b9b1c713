# terraform apply -invoke=action.imkit_push_notification.wake_up
action "imkit_push_notification" "wake_up" {
  config {
    client_ids = ["ada", "lin"]

    # Android
    title        = "The shop does not answer"
    body         = "Please have a look."
    collapse_key = "shop-down"

    # iOS
    alert      = "The shop does not answer."
    sound      = "default"
    badge      = 1
    topic      = "com.example.chat"
    expires_at = timeadd(plantimestamp(), "1h")
  }
}
