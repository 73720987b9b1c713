# A robot account. What is not configured is left as it is on the server.
resource "imkit_client" "robot" {
  id          = "parcel-robot"
  nickname    = "Parcel robot"
  avatar_url  = "https://example.com/robot.png"
  description = "Tells customers where their parcel is."
  is_robot    = true

  custom_attributes = {
    team      = "logistics"
    languages = ["en", "zh-TW"]
    priority  = 2
  }
}

# An account that somebody else made: only its nickname is managed here, and
# destroying the resource leaves it signed in.
resource "imkit_client" "support" {
  id             = "support-desk"
  nickname       = "Support"
  adopt_existing = true
  on_destroy     = "keep"
}
