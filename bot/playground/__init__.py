"""Stand-ins for Slack and Omni, for trying the bot and for testing it on one machine."""
