"""Ends a session of a Postgres that others wait for: that session, and no other that has its number by now."""

from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg

from bot.diagnostics import redact
from bot.diagnostics.actions.action import Attempt, Ending, NotReady, Outcome, Rehearsal
from bot.diagnostics.actions.kind import ActionKind
from bot.diagnostics.actions.postgres import acting, against, means
from bot.diagnostics.checks.postgres.blocking import blocking_tree
from bot.diagnostics.checks.postgres.locks import LOCKS
from bot.diagnostics.judging import count, seconds
from bot.diagnostics.result import Rows
from bot.policy.actions.postgres import EndMode, EndSessionAction

#: The part of the time that it may take until the session is gone.
_PATIENCE = 0.8
_ROLE = "docs/actions.md has the role for it."

#: Times are in one form, whatever zone and style the role has.
_FIND = """
SELECT activity.pid,
       activity.usename::text AS role,
       activity.application_name AS application,
       activity.datname::text AS database,
       host(activity.client_addr) AS client,
       activity.state,
       activity.backend_type,
       to_char(activity.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') AS backend_start,
       to_char(activity.xact_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') AS transaction_since,
       extract(epoch FROM clock_timestamp() - activity.backend_start)::float8 AS connected_s,
       extract(epoch FROM clock_timestamp() - activity.xact_start)::float8 AS transaction_s,
       extract(epoch FROM clock_timestamp() - activity.state_change)::float8 AS state_s,
       left(activity.query, 4000) AS query,
       coalesce(theirs.rolsuper, false) AS of_superuser,
       mine.rolsuper AS superuser,
       mine.rolname::text AS me,
       mine.rolsuper OR activity.usesysid = mine.oid OR pg_has_role(mine.oid, activity.usesysid, 'USAGE')
           OR pg_has_role(mine.oid, 'pg_signal_backend', 'USAGE') AS may
FROM pg_stat_activity AS activity
JOIN pg_roles AS mine ON mine.rolname = current_user
LEFT JOIN pg_roles AS theirs ON theirs.oid = activity.usesysid
WHERE activity.pid = $1
"""
#: They find the session again and end it in one statement, so that there is no moment in between.
_TERMINATE = """
SELECT pg_terminate_backend(pid, $3) FROM pg_stat_activity
WHERE pid = $1 AND to_char(backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') = $2
"""
_CANCEL = """
SELECT pg_cancel_backend(pid) FROM pg_stat_activity
WHERE pid = $1 AND to_char(backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') = $2
"""
_STILL = """
SELECT EXISTS (
    SELECT FROM pg_stat_activity
    WHERE pid = $1 AND to_char(backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') = $2
        AND state = 'active' AND left(query, 4000) = $3
)
"""

Session = Mapping[str, Any]


def ran(attempt: Attempt) -> str:
    """The statement, and of which session the number has to be."""
    pid, since = attempt.given["pid"], attempt.bound.get("backend_start")
    called = f"pg_cancel_backend({pid})" if _cancels(attempt) else f"pg_terminate_backend({pid}, {_half_ms(attempt)})"
    only = f"\n-- only where it is the session that connected at {since} UTC" if since else ""
    return f"SELECT {called}{only}"


def _cancels(attempt: Attempt) -> bool:
    options: EndSessionAction = attempt.options
    return options.mode is EndMode.CANCEL


async def _find(connection: Any, attempt: Attempt) -> Session:
    """The session, where it may be ended.

    Raises:
        NotReady: it is not there, or must or may not be ended.
    """
    pid = attempt.given["pid"]
    if not isinstance(pid, int) or not 0 < pid < 2**31:
        raise NotReady(f"{pid} cannot be a process id", "Take it from what diag shows.")
    session: Session | None = await connection.fetchrow(_FIND, pid)
    if session is None:
        raise NotReady(f"There is no session {pid} any more", "Run diag again: what waited may be free.")
    if session["backend_start"] is None:
        raise NotReady(
            f"The role {session['me']} may not see what session {pid} is",
            f"GRANT pg_read_all_stats TO {_quoted(session['me'])}; {_ROLE}",
        )
    if str(session["application"]).partition("-")[0] == "muster":
        raise NotReady(f"Session {pid} is Muster's own ({session['application']})", "It ends by itself.")
    if session["backend_type"] != "client backend":
        raise NotReady(
            f"Process {pid} is no client's session but Postgres's own ({session['backend_type']})",
            "Leave it to whoever runs this Postgres.",
        )
    if session["of_superuser"] and not session["superuser"]:
        raise NotReady(
            f"Session {pid} is a superuser's ({session['role']}), and only a superuser may end it",
            "Ask whoever runs this Postgres.",
        )
    if not session["may"]:
        raise NotReady(
            f"The role {session['me']} may not end sessions of {session['role']}",
            f"GRANT pg_signal_backend TO {_quoted(session['me'])}; {_ROLE}",
        )
    if _cancels(attempt) and session["state"] != "active":
        raise NotReady(
            f"Session {pid} runs no statement that could be cancelled: it is {session['state']}",
            "Only ending it frees what it holds: write an action with `mode: terminate`.",
        )
    return session


def _quoted(role: str) -> str:
    return '"' + role.replace('"', '""') + '"'


async def rehearse(attempt: Attempt) -> Rehearsal:
    """Who it is, what it does, who waits for it."""
    async with acting(attempt) as connection, connection.transaction(readonly=True):
        await connection.execute(f"SET LOCAL statement_timeout = {_half_ms(attempt)}")
        session = await _find(connection, attempt)
        waiting = _behind(session["pid"], await connection.fetch(LOCKS.ran))
    statement = redact.query(session["query"] or "")
    return Rehearsal(
        ready=True,
        lines=(_would(session, attempt), _doing(session), f"Its statement: {statement or 'none yet'}", _frees(waiting)),
        rows=_table(session, waiting),
        bound={
            "backend_start": session["backend_start"],
            "transaction_since": session["transaction_since"] or "",
            "statement": statement,
        },
    )


def _would(session: Session, attempt: Attempt) -> str:
    who = f"session {session['pid']} of {session['role']}"
    who += f" ({session['application']})" if session["application"] else ""
    who += f" from {session['client']}" if session["client"] else ""
    who += f", connected for {seconds(session['connected_s'])}"
    if _cancels(attempt):
        return f"Cancels the statement of {who}. The session stays."
    return f"Ends {who}. What its transaction has not committed is rolled back."


def _doing(session: Session) -> str:
    since = f" for {seconds(session['state_s'])}" if session["state_s"] is not None else ""
    doing = f"It is {session['state'] or 'in no state'}{since}"
    if session["transaction_s"] is not None:
        doing += f", in a transaction that began {seconds(session['transaction_s'])} ago"
    return f"{doing}."


def _behind(pid: int, sessions: Sequence[Session]) -> list[tuple[int, Session]]:
    """Those that wait for a session, directly or behind others, each with how far behind."""
    found: list[tuple[int, Session]] = []
    above: int | None = None
    for branch in blocking_tree(sessions):
        if above is not None and branch.depth <= above:
            above = None
        if above is not None:
            found.append((branch.depth - above, branch.session))
        if branch.session["pid"] == pid:
            above = branch.depth
    return found


def _frees(waiting: Sequence[tuple[int, Session]]) -> str:
    if not waiting:
        return "Nobody waits for it."
    at_once = sum(1 for depth, _ in waiting if depth == 1)
    behind = len(waiting) - at_once
    more = f", and behind these {behind} more" if behind else ""
    return f"It blocks {count(at_once, 'session')}{more}, which can go on then."


def _table(session: Session, waiting: Sequence[tuple[int, Session]]) -> Rows:
    first = (session["pid"], session["state"], None, session["role"], session["application"], session["query"])
    return Rows.of(
        ("session", "state", "waited s", "role", "application", "query"),
        (
            ("    " * depth + ("└ " if depth else "") + str(pid), state, waited, role, name, redact.query(query or ""))
            for depth, (pid, state, waited, role, name, query) in (
                (0, first),
                *(
                    (depth, tuple(each[key] for key in ("pid", "state", "waited_s", "role", "application", "query")))
                    for depth, each in waiting
                ),
            )
        ),
    )


async def perform(attempt: Attempt) -> Outcome:
    """Ends it, where it is still the same and still does the same, and waits until it is gone."""
    bound = attempt.bound
    async with acting(attempt) as connection:
        session = await _find(connection, attempt)
        _same(session, bound)
        pid, patience_ms = session["pid"], _half_ms(attempt)
        attempt.sent = True
        try:
            if _cancels(attempt):
                signalled = await connection.fetchval(_CANCEL, pid, bound["backend_start"])
                gone = signalled and await _cancelled(connection, session, patience_ms)
            else:
                async with connection.transaction():
                    # The role may have a time-out that is shorter than the wait.
                    await connection.execute(f"SET LOCAL statement_timeout = {2 * patience_ms}")
                    signalled = gone = await connection.fetchval(_TERMINATE, pid, bound["backend_start"], patience_ms)
        except asyncpg.InsufficientPrivilegeError:
            attempt.sent = False
            raise
    rows = _table(session, ())
    what = f"the statement of session {pid}" if _cancels(attempt) else f"session {pid}"
    if signalled is None:
        return Outcome(verdict=Ending.REFUSED, said=f"Nothing was done: session {pid} is gone already.", rows=rows)
    if not gone:
        return Outcome(
            verdict=Ending.FAILED,
            said=f"Postgres was told to end {what}, and after {patience_ms / 1000:g} s it is still there.",
            next_step="It may be rolling back, or hang in the operating system: look at it with diag again.",
            rows=rows,
        )
    did = "Cancelled" if _cancels(attempt) else "Ended"
    of = f"{session['role']}, {session['application']}" if session["application"] else str(session["role"])
    return Outcome(verdict=Ending.DONE, said=f"{did} {what} ({of}).", rows=rows)


def _same(session: Session, bound: Mapping[str, str]) -> None:
    """Raises NotReady unless it is the session that was rehearsed, and still about the same."""
    again = "Run diag again, and ask for it anew if it is still in the way."
    if session["backend_start"] != bound.get("backend_start"):
        raise NotReady(f"Session {session['pid']} is another one by now", again)
    same_transaction = (
        bool(bound.get("transaction_since")) and session["transaction_since"] == bound["transaction_since"]
    )
    if not same_transaction and redact.query(session["query"] or "") != bound.get("statement"):
        raise NotReady(f"Session {session['pid']} has finished what it did, and does something else now", again)


async def _cancelled(connection: Any, session: Session, patience_ms: int) -> bool:
    """Whether the statement ends in time. It is waited for in the database."""
    left = patience_ms
    while await connection.fetchval(_STILL, session["pid"], session["backend_start"], session["query"]):
        if left <= 0:
            return False
        await connection.execute("SELECT pg_sleep(0.05)")
        left -= 50
    return True


def _half_ms(attempt: Attempt) -> int:
    return max(1, round(attempt.action.timeout_s * 1000 * _PATIENCE / 2))


END_SESSION = ActionKind(
    name="end_session",
    options=EndSessionAction,
    ran=ran,
    against=against,
    rehearse=rehearse,
    perform=perform,
    means=means,
)
