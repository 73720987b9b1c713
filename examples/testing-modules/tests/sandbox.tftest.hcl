# Reads IMKIT_BASE_URL and IMKIT_API_KEY from the environment.
provider "imkit" {}

run "created" {
  variables {
    robot_id = "helper-${uuid()}" # new in each run
    team     = "nobody"
  }

  assert {
    condition     = imkit_room.team.member_ids == toset([imkit_client.robot.id])
    error_message = "Wrong members."
  }

  assert {
    condition     = output.token_owner == imkit_client.robot.id
    error_message = "Wrong token."
  }
}
