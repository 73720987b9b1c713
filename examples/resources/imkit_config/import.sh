# By the key
terraform import imkit_config.announcement announcement
