import {
  to = imkit_group.support
  identity = {
    id = "customer-service"
  }
}
