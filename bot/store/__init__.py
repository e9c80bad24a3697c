"""The database: the incident's row, its timeline, and what is waiting to be done because of it."""
