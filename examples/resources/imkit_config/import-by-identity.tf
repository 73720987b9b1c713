import {
  to = imkit_config.announcement
  identity = {
    key = "announcement"
  }
}
