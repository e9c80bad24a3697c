"""Statements whose answer more than one check judges: each is asked only once."""

from bot.diagnostics.checks.postgres.check import OTHER_CLIENTS
from bot.diagnostics.checks.postgres.session import APPLICATION_NAME

#: The clients that do something, or hold a transaction open: of either the hundred that have done so for longest. Other
#: diagnoses are left out: their statements end by themselves, and fifty at once would read nothing but each other.
#: `blockers` are the pids that they wait for.
SESSIONS = f"""
SELECT *
FROM (
    SELECT pid,
           state IS NULL AS hidden,
           state,
           extract(epoch FROM clock_timestamp() - since)::float8 AS seconds,
           extract(epoch FROM clock_timestamp() - xact_start)::float8 AS transaction_s,
           backend_start AS started,
           backend_type AS kind,
           usename::text AS role,
           application_name AS application,
           datname::text AS database,
           wait_event_type || ': ' || wait_event AS waits_for,
           CASE WHEN wait_event_type = 'Lock' THEN pg_blocking_pids(pid) ELSE '{{}}' END AS blockers,
           left(query, 1000) AS query,
           row_number() OVER (PARTITION BY state = 'active' ORDER BY since) AS place
    FROM (
        SELECT *, CASE state WHEN 'active' THEN query_start ELSE state_change END AS since FROM pg_stat_activity
    ) AS activity
    WHERE {OTHER_CLIENTS} AND application_name IS DISTINCT FROM '{APPLICATION_NAME}'
          AND (state = 'active' OR state LIKE 'idle in transaction%' OR state IS NULL)
) AS sessions
WHERE place <= 100
ORDER BY hidden, seconds DESC
""".strip()  # noqa: S608 - a constant of ours

#: What the database has counted since its statistics were reset.
DATABASE = """
SELECT blks_hit AS hit,
       blks_read AS read,
       deadlocks,
       temp_files,
       temp_bytes,
       stats_reset IS NOT NULL AS known,
       extract(epoch FROM clock_timestamp() - coalesce(stats_reset, pg_postmaster_start_time()))::float8 AS since_s
FROM pg_stat_database
WHERE datname = current_database()
""".strip()

#: The thousand largest tables that have dead rows, or were read as a whole.
TABLES = """
SELECT relid::regclass::text AS name,
       n_live_tup AS live,
       n_dead_tup AS dead,
       seq_scan AS whole,
       coalesce(idx_scan, 0) AS by_index,
       extract(epoch FROM clock_timestamp() - greatest(last_vacuum, last_autovacuum))::float8 AS vacuum_s
FROM pg_stat_user_tables
WHERE n_dead_tup > 0 OR seq_scan > 0
ORDER BY n_live_tup + n_dead_tup DESC
LIMIT 1000
""".strip()
