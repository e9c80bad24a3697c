"""Who blocks whom, as a tree: the one to ask stands at its root."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.diagnostics import redact
from bot.diagnostics.check import Thresholds
from bot.diagnostics.checks.postgres.check import Answer, PostgresCheck, Record
from bot.diagnostics.judging import count, seconds
from bot.diagnostics.result import Measurement, Rows, Verdict


@dataclass(frozen=True, slots=True)
class Branch:
    """A session in the tree. Roots have depth 0 and wait for nobody."""

    depth: int
    session: Record


def blocking_tree(sessions: Sequence[Record]) -> list[Branch]:
    """Puts each session once, under the blocker that is itself blocked deepest, the longest wait first.

    Args:
        sessions: Records with `pid`, `blockers` (pids) and `waited_s`. Blockers that are not among them are left out;
            a ring of sessions (a deadlock that Postgres has not broken yet) is cut open at its longest wait.
    """
    by_pid = {session["pid"]: session for session in sessions}
    depths: dict[int, int] = {}
    for session in sessions:
        _depth(session["pid"], by_pid, depths, frozenset())
    children: dict[int | None, list[Record]] = {}
    for session in sorted(sessions, key=lambda each: (-(each["waited_s"] or 0.0), each["pid"])):
        above = [pid for pid in session["blockers"] if pid in by_pid and depths[pid] < depths[session["pid"]]]
        parent = max(above, key=lambda pid: (depths[pid], -pid), default=None)
        children.setdefault(parent, []).append(session)
    tree: list[Branch] = []
    stack = [Branch(0, session) for session in reversed(children.get(None, []))]
    while stack:
        branch = stack.pop()
        tree.append(branch)
        below = children.get(branch.session["pid"], [])
        stack.extend(Branch(branch.depth + 1, session) for session in reversed(below))
    return tree


def _depth(pid: int, by_pid: Mapping[int, Record], depths: dict[int, int], above: frozenset[int]) -> int:
    """How many sessions stand between this one and one that waits for nobody."""
    if pid not in depths:
        blockers = [
            blocker for blocker in by_pid[pid]["blockers"] if blocker in by_pid and blocker not in above | {pid}
        ]
        depths[pid] = 1 + max((_depth(each, by_pid, depths, above | {pid}) for each in blockers), default=-1)
    return depths[pid]


def judge_locks(answer: Answer, thresholds: Thresholds) -> Measurement:
    """Any blocked session is worth a look; many, or one for long, is an emergency."""
    longest_allowed, most_allowed = thresholds["blocked_crit_s"], thresholds["blocked_crit_count"]
    threshold = (
        f"warn at 1 blocked session, critical at {most_allowed:g} or when one has waited {seconds(longest_allowed)}"
    )
    tree = blocking_tree(answer.rows)
    blocked = [row for row in answer.rows if row["blockers"]]
    if not blocked:
        return Measurement(
            verdict=Verdict.OK,
            value=0,
            unit="sessions",
            threshold=threshold,
            explanation="Nobody waits for another session's lock.",
        )
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
    """The root with the most sessions below it."""
    sizes: list[tuple[int, Record]] = []
    for branch in tree:
        if branch.depth == 0:
            sizes.append((0, branch.session))
        else:
            sizes[-1] = (sizes[-1][0] + 1, sizes[-1][1])
    return max(sizes, key=lambda size: size[0])[1]


def _named(session: Record) -> str:
    if session["pid"] == 0:
        return "a prepared transaction"
    application = f" ({session['application']})" if session["application"] else ""
    return f"pid {session['pid']}{application}, {session['state'] or 'state hidden'}"


def _next_step(root: Record) -> str:
    if root["pid"] == 0:
        return "SELECT * FROM pg_prepared_xacts lists them: COMMIT PREPARED or ROLLBACK PREPARED the old one."
    return (
        f"Ask the owner of pid {root['pid']} to commit or roll back; if nobody can, free all that wait for it: "
        f"SELECT pg_terminate_backend({root['pid']})."
    )


LOCKS = PostgresCheck(
    name="locks",
    title="Blocked sessions",
    ran="""
WITH waiting AS (
    SELECT pid,
           min(waitstart) AS since,
           string_agg(DISTINCT mode || ' on ' || coalesce(relation::regclass::text, locktype), ', ') AS waits_for
    FROM pg_locks
    WHERE NOT granted
    GROUP BY pid
), blocked AS (
    SELECT *, pg_blocking_pids(pid) AS blockers FROM waiting
), concerned AS (
    SELECT pid FROM blocked WHERE cardinality(blockers) > 0
    UNION
    SELECT unnest(blockers) FROM blocked
)
SELECT concerned.pid,
       coalesce(ARRAY(SELECT DISTINCT unnest(blocked.blockers)), '{}') AS blockers,
       greatest(extract(epoch FROM clock_timestamp() - blocked.since), 0)::float8 AS waited_s,
       blocked.waits_for,
       activity.state,
       activity.usename::text AS role,
       activity.application_name AS application,
       activity.datname::text AS database,
       left(activity.query, 4000) AS query
FROM concerned
LEFT JOIN blocked USING (pid)
LEFT JOIN pg_stat_activity AS activity USING (pid)
ORDER BY concerned.pid
LIMIT 500
""".strip(),
    judge=judge_locks,
    defaults={"blocked_crit_s": 60, "blocked_crit_count": 10},
)
