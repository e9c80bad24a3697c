"""What the review of a long incident costs, and how that grows with its timeline."""

import asyncio
import gc
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from typing import Final

from benchmarks.rows import Row
from bot.domain import events as e
from bot.domain.actor import MUSTER, Actor
from bot.domain.evolve import fold
from bot.domain.incident import Incident
from bot.domain.rules import Category, Policy
from bot.domain.timeline import Entry
from bot.paths import RUNBOOKS
from bot.policy.read import read_pack
from bot.postmortem.draft import draft

_SIZES: Final = (100, 1_000, 10_000, 100_000)
_BOUNDED: Final = 10_000
#: The most for a draft of so many entries, in milliseconds; and how much more than linear the largest may be.
_MOST_MS, _MOST_GROWTH = 300.0, 1.5
#: What a draft of the largest may take besides the timeline itself.
_MOST_MB: Final = 160.0
_TIMES: Final = 5
_START: Final = datetime(2026, 2, 11, 23, 1, tzinfo=UTC)
_PEOPLE: Final = tuple(f"U0P{number:03}" for number in range(24))
_SAID: Final = (
    "The pool is full again: 98 of 100, and *most* of them idle in transaction | see #12",
    "<@U0P003> could you look at <https://graphs.example/d/42?from=now-1h|the graph>? p99_latency_ms is at 4,200",
    "Rolled back `deploy-482` on two of eight; error rate 30 % -> 12 %",
    "ok, watching",
    "The warehouse says that *they* see nothing. Their status page is green, ours is not; so who is right?",
)


async def measure(_server_url: str) -> list[Row]:
    """Milliseconds for each size, each in a process of its own, which also says how much memory its draft took."""
    found = [await _apart(size) for size in _SIZES]
    took = {size: ms for size, (ms, _) in zip(_SIZES, found, strict=True)}
    largest, (_, memory) = _SIZES[-1], found[-1]
    growth = (took[largest] / took[_BOUNDED]) / (largest / _BOUNDED)
    return [
        *(Row(f"a review of {size:,} entries", ms, "ms", _MOST_MS if size == _BOUNDED else None)
          for size, ms in took.items()),
        Row(f"a review of {largest:,} entries, to as many times {_BOUNDED:,}", growth, "times", _MOST_GROWTH,
            beside="1.00 is linear; Python's collector looks through what a draft is made from"),
        Row(f"memory of a review of {largest:,} entries", memory, "MB", _MOST_MB, beside="besides its timeline"),
    ]  # fmt: skip


async def _apart(size: int) -> tuple[float, float]:
    """Milliseconds and megabytes of a draft, in a process that has done nothing else."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.drafts", str(size), stdout=asyncio.subprocess.PIPE
    )
    said, _ = await child.communicate()
    took, memory = said.decode().split()
    return float(took), float(memory)


def one(size: int) -> tuple[float, float]:
    """The fastest of several drafts in milliseconds, and what the first took at its peak in MB."""
    policy, entries = read_pack("default", root=RUNBOOKS), list(a_timeline(size))
    incident = fold(entries)
    before = _peak()
    _write(incident, entries, policy)
    memory = (_peak() - before) / 2**20
    return min(_write(incident, entries, policy) for _ in range(_TIMES)) * 1000, memory


def _write(incident: Incident, entries: list[Entry], policy: Policy) -> float:
    """Seconds of a draft."""
    gc.collect()
    began = time.perf_counter()
    draft(incident, entries, policy, now=entries[-1].at, names={user: f"Person {user[-2:]}" for user in _PEOPLE})
    return time.perf_counter() - began


def _peak() -> int:
    """The most memory that this process has had, in bytes."""
    if sys.platform == "win32":
        return 0
    import resource  # noqa: PLC0415 (there is none on Windows)

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def a_timeline(size: int) -> Iterator[Entry]:
    """A long incident: most of it is what people say in the thread, one entry every twenty seconds."""
    opening = e.Declared(
        ref="INC-2026-02-11-001", title="Checkout answers 500", severity="P1", status="investigating",
        channel_name="inc-2026-02-11-001-checkout", service="checkout", description="checkout_errors > 30 %",
    )  # fmt: skip
    dana = Actor.person(_PEOPLE[0])
    events: Iterator[tuple[Actor, e.Event]] = islice(_going_on(), size - 3)
    told: list[tuple[Actor, e.Event]] = [
        (dana, opening),
        (dana, e.Acknowledged(severity="P1", role="commander")),
        *events,
    ]
    over = e.Resolved(summary="It works again", before="monitoring", status="resolved", root_cause="A deploy")
    for seq, (by, each) in enumerate((*told, (dana, over)), start=1):
        at = _START + timedelta(seconds=20 * seq)
        event = replace(each, due_at=at) if isinstance(each, e.UpdateOverdue) else each
        yield Entry(seq=seq, at=at, recorded_at=at, by=by, event=event)


def _going_on() -> Iterator[tuple[Actor, e.Event]]:
    """Rounds of twenty entries, without an end; in every fourth one is pinned, and the status changes."""
    people, words = cycle(_PEOPLE), cycle(_SAID)
    for turn, user in enumerate(people, start=1):
        by, run, ts = Actor.person(user), f"run-{turn}", f"{turn}.000003"
        for number, who in enumerate(islice(people, 12)):
            stamp = f"{turn}.{number:06}"
            said = e.MessageCaptured(channel="C0ROOM", ts=stamp, user=who, text=next(words), via="thread")
            yield Actor.person(who), said
        yield by, e.MessageEdited(channel="C0ROOM", ts=f"{turn}.000000", before="", text=next(words))
        yield by, e.NoteAdded(text=next(words))
        yield by, e.DiagnosticRequested(target="db", run=run)
        found = ("98 of 100 connections are in use", "The longest has been idle for 3 min 40 s")
        yield (
            MUSTER,
            e.DiagnosticRecorded(
                target="db", run=run, evidence=turn, digest="8f" * 32, verdict="CRITICAL", findings=found, took_ms=61
            ),
        )
        yield by, e.UpdatePosted(number=turn, text=next(words), severity="P1", status="fixing")
        if turn % 4:
            yield from ((by, e.NoteAdded(text=next(words))) for _ in range(3))
            continue
        yield by, e.MessagePinned(channel="C0ROOM", ts=ts, user=user, first=True)
        moved = ("fixing", "monitoring") if turn % 8 else ("monitoring", "fixing")
        category = Category.MONITORING if turn % 8 else Category.ACTIVE
        yield by, e.StatusChanged(before=moved[0], after=moved[1], category=category, note=next(words))
        yield MUSTER, e.UpdateOverdue(due_at=_START)


if __name__ == "__main__":
    print(*one(int(sys.argv[1])))
