resource "imkit_config" "announcement" {
  key = "announcement"
  value = {
    text = "Maintenance on Sunday from 02:00 to 04:00 UTC."
    pin  = true
  }
}
