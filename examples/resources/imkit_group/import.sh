terraform import imkit_group.support customer-service
