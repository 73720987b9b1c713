resource "imkit_config" "censorship" {
  key = "censorship"
  value = {
    keywords = ["casino", "free money"]
  }
}
