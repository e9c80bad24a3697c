"""What Muster costs, beside what cannot be undercut: Slack's round trips, bare asyncpg, bare PgQueuer."""
