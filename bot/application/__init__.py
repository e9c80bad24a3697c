"""What Muster can do, for whoever asks: Slack, a web hook, a job or the command line."""
