"""Block Kit's rules: what Slack would refuse is refused here."""
