#!/bin/sh
# Puts the robot's token, CHAT_TOKEN, into a file that only you can read, and
# prints nothing. Stands for whatever takes the token to your robot.
set -eu
umask 077
rm -f chat-token.new
printf '%s\n' "$CHAT_TOKEN" > chat-token.new
mv chat-token.new chat-token # at once, so that nobody reads half of it
