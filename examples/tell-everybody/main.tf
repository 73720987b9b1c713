# Tells everybody about maintenance: in the app, by the announcement that it shows,
# and with a message to each person, once per announcement. There must be accounts of
# people, such as those of robot-in-a-room.
#
#   terraform apply -var='maintenance=On Sunday from 2 to 3 a.m. the chat is down.'
#
terraform {
  required_version = ">= 1.14"

  required_providers {
    imkit = {
      source = "imkit/imkit"
    }
  }
}

# Reads IMKIT_BASE_URL and IMKIT_API_KEY from the environment.
provider "imkit" {}

variable "maintenance" {
  description = "What people are to know. Empty once it is over, which takes the announcement away."
  type        = string
  default     = ""
}

resource "imkit_config" "announcement" {
  count = var.maintenance == "" ? 0 : 1

  key   = "announcement"
  value = { text = var.maintenance, pin = true }

  lifecycle {
    action_trigger {
      events  = [after_create, after_update]
      actions = [action.imkit_broadcast.maintenance]
    }
  }
}

data "imkit_clients" "people" {
  filter = jsonencode({ isRobot = { "$ne" = true } })
}

action "imkit_broadcast" "maintenance" {
  config {
    message      = "Dear $name$, $what$"
    message_type = "announcement"
    sender_id    = imkit_client.operations.id
    push         = true

    recipients = [for person in data.imkit_clients.people.clients : {
      client_id = person.id
      variables = { name = coalesce(person.nickname, person.id), what = var.maintenance }
    }]
  }
}

resource "imkit_client" "operations" {
  id       = "operations"
  nickname = "Operations"
  is_robot = true
}
