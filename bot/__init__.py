"""The Omni schedule bot: schema refresh schedules, changed from Slack with approval."""
