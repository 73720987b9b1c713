# Words that are not shown, kept in the repository and reviewed like code.
resource "imkit_config" "censorship" {
  key = "censorship"
  value = {
    keywords = ["casino", "free money"]
  }
}
