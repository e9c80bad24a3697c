"""The page: a small chat client for people, and JSON endpoints for other programs."""
