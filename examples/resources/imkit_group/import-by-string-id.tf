import {
  to = imkit_group.support
  id = "customer-service"
}
