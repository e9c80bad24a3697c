"""Logs, as targets: what stands in their lines how often, since when, and how often before.

`loki` and `files` are the kinds. What `reader` imports, a small process of its own, needs nothing but the standard
library and `bot.diagnostics.redact`.
"""
