mock_provider "imkit" {
  mock_data "imkit_clients" {
    defaults = {
      clients = [{ id = "ada" }, { id = "lin" }]
    }
  }

  mock_resource "imkit_client_token" {
    defaults = {
      # A JWT of {"id":"helper"}, without a signature.
      token           = "eyJhbGciOiJub25lIn0.eyJpZCI6ImhlbHBlciJ9."
      issued_at       = "2030-01-01T00:00:00Z"
      expiration_date = "2030-01-08T00:00:00Z"
    }
  }
}

variables {
  robot_id = "helper"
  team     = "support"
}

run "mocked" {
  assert {
    condition     = imkit_room.team.member_ids == toset(["ada", "helper", "lin"])
    error_message = "Wrong members."
  }

  assert {
    condition     = output.token_owner == "helper" && output.token_issued == "2030-01-01"
    error_message = "Wrong outputs."
  }
}
