# By the group's id
terraform import imkit_group.support customer-service
