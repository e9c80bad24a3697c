"""Telling people when Slack is down: e-mail and webhooks. What a failed call means is decided in `failures`."""
