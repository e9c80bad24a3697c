"""Muster: the incident bot for Slack."""
