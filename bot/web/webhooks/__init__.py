"""Alerts in: what monitors post, proven to be theirs, read, bounded, and answered for after it was stored."""
