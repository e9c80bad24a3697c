"""HTTP: Slack's requests in, health and metrics out."""
