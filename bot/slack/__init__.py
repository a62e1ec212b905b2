"""Slack's side: what comes in, what is shown, and who listens."""
