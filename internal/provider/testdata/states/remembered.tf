resource "imkit_client_token" "unrevoked" {
  client_id = "ann"
  token     = "second-of-ann"
}

resource "imkit_client_token" "dead" {
  client_id = "bob"
}

resource "imkit_client_token" "unsure" {
  client_id  = "eve"
  token      = "second-of-eve"
  on_destroy = "keep"
}

resource "imkit_client_token" "imported" {
  client_id = "dan"
  token     = "first-of-dan"
}
