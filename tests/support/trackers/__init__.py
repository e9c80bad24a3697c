"""Strict stand-ins for what things are exported to."""
