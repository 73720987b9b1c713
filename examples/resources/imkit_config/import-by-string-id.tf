import {
  to = imkit_config.announcement
  id = "announcement"
}
