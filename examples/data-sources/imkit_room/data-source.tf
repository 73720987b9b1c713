data "imkit_room" "canteen" {
  id = "canteen"
}

output "robots_in_the_canteen" {
  value = [for member in data.imkit_room.canteen.members : member.client_id if member.is_robot == true]
}
