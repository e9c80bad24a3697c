"""Who waits for whom, and which session an action may end for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.diagnostics.checks.postgres.check import Record

#: How Muster's own connections call themselves.
_OURS = "muster"
_CLIENT = "client backend"


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


def waiting_for(pid: int, sessions: Sequence[Record]) -> int:
    """How many of the sessions wait for this one, or for one that does.

    Args:
        pid: The session's.
        sessions: Records with `pid` and `blockers` (pids).
    """
    waiting: set[int] = set()
    more = {pid}
    while more:
        more = {each["pid"] for each in sessions if more.intersection(each["blockers"])} - waiting - {pid}
        waiting |= more
    return len(waiting)


def unlike_a_client(session: Record) -> str:
    """What a session is that nobody should end by an action; empty for an ordinary client's."""
    application, kind = session["application"] or "", session["kind"] or _CLIENT
    if application == _OURS or application.startswith(f"{_OURS}-"):
        return "Muster itself"
    return "" if kind == _CLIENT else str(kind)


def facts_to_end(session: Record, sessions: Sequence[Record]) -> dict[str, str]:
    """What an action that ends a session takes up: its pid, since when it has that, and how many wait for it.

    A pid is given out again: an action must compare `started` before it ends anything.

    Args:
        session: The one to end. Nothing is said of one that is unlike a client, or hidden.
        sessions: All that may wait for it.
    """
    if unlike_a_client(session) or not session["pid"] or not session["started"]:
        return {}
    pid = session["pid"]
    return {"pid": str(pid), "started": str(session["started"]), "blocks": str(waiting_for(pid, sessions))}
