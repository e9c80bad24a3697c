"""Everything in the background, on PgQueuer."""
