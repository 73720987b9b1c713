# users.csv has the columns id, name and picture.
resource "imkit_client_batch" "users" {
  clients = {
    for user in csvdecode(file("${path.module}/users.csv")) : user.id => {
      nickname   = user.name
      avatar_url = user.picture
    }
  }
}
