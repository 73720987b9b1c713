resource "imkit_client" "robot" {
  id       = "parcel-robot"
  nickname = "Parcel robot"
  is_robot = true

  custom_attributes = {
    team     = "logistics"
    priority = 2
  }
}

# Created elsewhere: only its nickname is managed.
resource "imkit_client" "support" {
  id             = "support-desk"
  nickname       = "Support"
  adopt_existing = true
  on_destroy     = "keep"
}
