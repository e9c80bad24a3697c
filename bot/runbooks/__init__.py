"""Runbooks: Markdown files with optional front matter, found by name, alert, service and symptom."""
