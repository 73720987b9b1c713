# terraform apply -invoke=action.imkit_broadcast.winners
action "imkit_broadcast" "winners" {
  config {
    message   = "Congratulations, $name$! Your code is $code$."
    sender_id = "lottery"
    push      = true

    recipients = [
      { client_id = "ada", variables = { name = "Ada", code = "4711" } },
      { room_id = "lucky-ones", variables = { name = "all of you", code = "in your messages" } },
    ]
  }
}
