# A room with exactly these members.
resource "imkit_room" "parcels" {
  id          = "parcels-taipei"
  name        = "Parcels, Taipei"
  cover_url   = "https://example.com/parcels.png"
  description = "Ask where your parcel is."
  tags        = ["logistics", "taipei"]
  open        = false

  owner_id   = imkit_client.dispatcher.id
  member_ids = [imkit_client.robot.id, imkit_client.dispatcher.id]

  bot_mode = true
  webhook  = var.parcels_webhook

  ext_params = jsonencode({ region = "taipei", sla = 4 })
}

resource "imkit_client" "robot" {
  id       = "taipei-robot"
  nickname = "Taipei robot"
  is_robot = true
}

resource "imkit_client" "dispatcher" {
  id       = "dispatcher"
  nickname = "Dispatcher"
}

variable "parcels_webhook" {
  type      = string
  sensitive = true
}

# Created in the app: only its name is managed.
resource "imkit_room" "canteen" {
  id             = "canteen"
  name           = "Canteen"
  adopt_existing = true
  on_destroy     = "keep"
}
