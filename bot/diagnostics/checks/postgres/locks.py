"""Who blocks whom, as a tree: the one to ask stands at its root."""

from collections.abc import Sequence

from bot.diagnostics import redact
from bot.diagnostics.check import Thresholds
from bot.diagnostics.checks.postgres.blocking import Branch, blocking_tree, facts_to_end, unlike_a_client, waiting_for
from bot.diagnostics.checks.postgres.check import Answer, PostgresCheck, Record
from bot.diagnostics.judging import count, seconds
from bot.diagnostics.result import Measurement, Rows, Verdict

#: Prepared transactions hold locks without a session; Postgres gives them all this pid.
_PREPARED = {
    "pid": 0,
    "blockers": (),
    "waited_s": None,
    "waits_for": None,
    "state": None,
    "started": None,
    "kind": None,
    "role": None,
    "application": None,
    "database": None,
    "query": None,
}


def judge_locks(answer: Answer, thresholds: Thresholds) -> Measurement:
    """Any blocked session is worth a look; many, or one for long, is an emergency."""
    longest_allowed, most_allowed = thresholds["blocked_crit_s"], thresholds["blocked_crit_count"]
    threshold = (
        f"warn at 1 blocked session, critical at {most_allowed:g} or when one has waited {seconds(longest_allowed)}"
    )
    sessions = list(answer.rows)
    blocked = [row for row in sessions if row["blockers"]]
    if not blocked:
        return Measurement(
            verdict=Verdict.OK,
            value=0,
            unit="sessions",
            threshold=threshold,
            explanation="Nobody waits for another session's lock.",
        )
    if any(0 in row["blockers"] for row in blocked):
        sessions.append(_PREPARED)
    tree = blocking_tree(sessions)
    waited = max(row["waited_s"] or 0.0 for row in blocked)
    root = _worst_root(tree)
    critical = len(blocked) >= most_allowed or waited >= longest_allowed
    return Measurement(
        verdict=Verdict.CRITICAL if critical else Verdict.WARN,
        value=len(blocked),
        unit="sessions",
        threshold=threshold,
        explanation=(
            f"{count(len(blocked), 'session')} blocked, {max(branch.depth for branch in tree)} deep, "
            f"for up to {seconds(waited)}; at the root stands {_named(root)}."
        ),
        next_step=_next_step(root),
        facts=facts_to_end(root, sessions),
        rows=Rows.of(
            ("who blocks whom", "state", "waited s", "waits for", "role", "application", "database", "query"),
            (
                (
                    "    " * branch.depth + ("└ " if branch.depth else "") + str(branch.session["pid"]),
                    branch.session["state"],
                    branch.session["waited_s"],
                    branch.session["waits_for"],
                    branch.session["role"],
                    branch.session["application"],
                    branch.session["database"],
                    redact.query(branch.session["query"] or ""),
                )
                for branch in tree
            ),
        ),
    )


def _worst_root(tree: Sequence[Branch]) -> Record:
    """The root for which the most sessions wait."""
    sessions = [branch.session for branch in tree]
    roots = (branch.session for branch in tree if branch.depth == 0)
    return max(roots, key=lambda root: waiting_for(root["pid"], sessions))


def _named(session: Record) -> str:
    if session["pid"] == 0:
        return "a prepared transaction"
    what = unlike_a_client(session) or session["application"]
    return f"pid {session['pid']}{f' ({what})' if what else ''}, {session['state'] or 'state hidden'}"


def _next_step(root: Record) -> str:
    if root["pid"] == 0:
        return "SELECT * FROM pg_prepared_xacts lists them: COMMIT PREPARED or ROLLBACK PREPARED the old one."
    what = unlike_a_client(root)
    if what == "autovacuum worker":
        return (
            "Autovacuum gives way within seconds, unless transaction ids run out: then let it finish. "
            f"In pg_stat_progress_vacuum, pid {root['pid']} says how far it is."
        )
    if what:
        return f"It is no application's: see what pid {root['pid']} ({what}) does before anybody ends it."
    return (
        f"Ask the owner of pid {root['pid']} to commit or roll back; if nobody can, free all that wait for it: "
        f"SELECT pg_terminate_backend({root['pid']})."
    )


LOCKS = PostgresCheck(
    name="locks",
    title="Blocked sessions",
    ran="""
WITH blocked AS (
    SELECT pid,
           pg_blocking_pids(pid) AS blockers,
           min(waitstart) AS since,
           string_agg(DISTINCT mode || ' on ' || coalesce(relation::regclass::text, locktype), ', ') AS waits_for
    FROM pg_locks
    WHERE NOT granted
    GROUP BY pid
)
SELECT pid,
       coalesce(blockers, '{}') AS blockers,
       greatest(extract(epoch FROM clock_timestamp() - since), 0)::float8 AS waited_s,
       waits_for,
       state,
       backend_start AS started,
       backend_type AS kind,
       usename::text AS role,
       application_name AS application,
       datname::text AS database,
       left(query, 1000) AS query
FROM pg_stat_activity
LEFT JOIN blocked USING (pid)
WHERE cardinality(blockers) > 0 OR pid IN (SELECT unnest(blockers) FROM blocked)
ORDER BY pid
LIMIT 500
""".strip(),
    judge=judge_locks,
    defaults={"blocked_crit_s": 60, "blocked_crit_count": 10},
)
