#!/bin/sh
# Signs in with CHAT_TOKEN, and fails if the server does not accept it.
set -eu
# Through standard input, so that the token is in no list of processes.
printf 'IM-Authorization: %s\n' "$CHAT_TOKEN" |
  curl --fail --silent --show-error --output /dev/null --header @- \
    --header "IM-CLIENT-KEY: $IMKIT_CLIENT_KEY" "$IMKIT_BASE_URL/me"
