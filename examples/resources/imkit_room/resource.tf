# A room with the robot that works in it. These members are in it, and no others.
resource "imkit_room" "parcels" {
  id          = "parcels-taipei"
  name        = "Parcels, Taipei"
  cover_url   = "https://example.com/parcels.png"
  description = "Ask where your parcel is."
  tags        = ["logistics", "taipei"]
  open        = false

  owner_id   = imkit_client.dispatcher.id
  member_ids = [imkit_client.robot.id, imkit_client.dispatcher.id]

  # Where the robot gets what is written in the room.
  bot_mode = true
  webhook  = var.parcels_webhook

  # A string in the app's own encoding: JSON here, "region=taipei&sla=4" elsewhere.
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

# A room that people made in the app: only its name is managed here. Who is in it
# is their business, and destroying the resource leaves the room as it is.
resource "imkit_room" "canteen" {
  id             = "canteen"
  name           = "Canteen"
  adopt_existing = true
  on_destroy     = "keep"
}

# A room whose id does not matter to anybody: the provider makes one.
resource "imkit_room" "incident" {
  name       = "Incident 4711"
  on_destroy = "delete" # with everything that was written in it
}
