"""What hangs on the card of a run of a runbook: its steps, what they find, its charts; whatever becomes of the card."""

import json
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from bot.diagnostics.result import Chart, Line, Report, Result, Verdict
from bot.domain import commands as c
from bot.domain import effects as f
from bot.domain import events as e
from bot.domain.rules import TargetRule
from bot.domain.runbook_run import END, Branch, Outcome, RunKind, Runnable, StepRule
from bot.sandbox import Fault
from bot.sandbox.model import Channel, Message
from bot.store import evidence, runbook_texts
from bot.store import timeline as log
from bot.store.runbook_texts import Kept
from bot.store.tables import outbox
from tests.integration.post import Post

RUN = "run-1"
DIGEST = "4be1c7d0" * 8
TEXT = """\
# Locks

## Investigation

1. **Who waits?** Look at what blocks.

   - **CRITICAL** → [End it](#end-it)
   - **OK** → [Nowhere](#nowhere)

2. **How long?** Since when it hangs.
"""
STEPS = (
    StepRule(
        title="Who waits?", phase=0, first=5, last=9, then=2,
        runs=(Runnable(kind=RunKind.CHECK, does="db locks"),), branches=(Branch(on="CRITICAL", to=2),),
    ),
    StepRule(title="How long?", phase=0, first=10, last=10, then=3),
    StepRule(title="Nobody waits", phase=1, then=END),
)  # fmt: skip
PICTURE = b"\x89PNG\r\n\x1a\n of locks"


@pytest.fixture
def drawn(post: Post) -> list[str]:
    """The titles of the charts that were drawn."""
    found: list[str] = []

    async def draw(_chart: Chart, title: str) -> bytes:
        found.append(title)
        return PICTURE

    post.desk.draw = draw
    return found


async def begun(post: Post, *steps: StepRule, room_is_there: bool = True) -> tuple[int, Channel]:
    """An incident with its channel, in which a runbook is begun; nothing of that is in Slack yet."""
    post.muster.policy = replace(post.muster.policy, targets=(TargetRule(name="db", kind="postgres"),))
    done = await post.declare()
    if room_is_there:
        await post.everything()
    async with post.muster.database.transaction() as connection:
        await runbook_texts.keep(connection, DIGEST, Kept(TEXT, 1))
    await post.muster.execute(
        c.StartRunbook(
            by=post.alice, name="locks", title="Locks", digest=DIGEST, phases=("Investigation", "Verification"),
            steps=steps or STEPS,
        ),
        incident_id=done.incident_id,
    )  # fmt: skip
    if not room_is_there:
        await post.everything()
    return done.incident_id, post.sandbox.channel(str((await post.row(done.incident_id)).channel_name))


async def do(post: Post, incident_id: int, command: c.Command) -> None:
    await post.muster.execute(command, incident_id=incident_id)
    await post.everything()


def mark(post: Post, step: int, outcome: Outcome = Outcome.DONE, why: str = "") -> c.MarkStep:
    return c.MarkStep(by=post.alice, number=1, step=step, outcome=outcome, why=why)


async def found(post: Post, incident_id: int, *, chart: Chart | None = None) -> None:
    """The check of the first step is run, and is over."""
    await post.muster.execute(
        c.RunStep(by=post.alice, number=1, step=1, place=0, run=RUN), incident_id=incident_id
    )  # fmt: skip
    result = Result(
        check="locks", title="Locks", verdict=Verdict.CRITICAL, value=3, unit="sessions", threshold="critical at 1",
        ran="SELECT 1", against="db", took_ms=3, explanation="Three wait for one.", next_step="End it.", chart=chart,
    )  # fmt: skip
    report = Report(
        target="db locks", kind="postgres", against="db", started_at=post.muster.now(), took_ms=4, results=(result,)
    )
    async with post.muster.database.transaction() as connection:
        number, _ = await evidence.keep(
            connection, incident_id, run=RUN, target="db locks", report=report.to_dict(), digest=report.digest()
        )
    await post.muster.execute(
        c.RecordDiagnostic(
            by=post.alice, target="db locks", run=RUN, evidence=number, digest=report.digest(), verdict="CRITICAL",
            findings=report.findings, took_ms=4, charts=(0,) if chart else (),
        ),
        incident_id=incident_id,
    )  # fmt: skip


def card(room: Channel) -> Message:
    """The card of the run."""
    return next(message for message in room.messages if message.text.endswith("do them") and "Locks" in message.text)


def steps(room: Channel, title: str = "") -> list[Message]:
    """The cards of steps, or of one."""
    titles = [title] if title else [step.title for step in STEPS]
    mine = (m for m in room.messages if any(f"{n}. {said}" in m.text[:60] for said in titles for n in (1, 2, 3)))
    return [message for message in mine if "Now:" not in message.text]


def says(message: Message) -> str:
    return json.dumps(message.blocks, ensure_ascii=False)


async def failures(post: Post, incident_id: int) -> list[e.DeliveryFailed]:
    async with post.muster.database.transaction() as connection:
        entries = await log.entries_of(connection, incident_id)
    return [entry.event for entry in entries if isinstance(entry.event, e.DeliveryFailed)]


@pytest.mark.parametrize("room_is_there", [True, False])
async def test_the_steps_hang_under_their_runs_card_and_nothing_is_said_twice(
    post: Post, *, room_is_there: bool
) -> None:
    incident_id, room = await begun(post, room_is_there=room_is_there)
    await post.everything()
    [first] = steps(room)
    assert first.thread_ts == card(room).ts
    assert "Look at what blocks." in first.text
    assert "CRITICAL" not in says(first), "a branch has a button where it can be taken"
    assert "Nowhere" in first.text, "one that leads nowhere is text"
    await do(post, incident_id, mark(post, 1))
    await do(post, incident_id, mark(post, 2, Outcome.SKIPPED, "I may not"))
    assert [(step.thread_ts, step.text[:40]) for step in steps(room)] == [
        (card(room).ts, step.text[:40])
        for step in (*steps(room, "Who waits?"), *steps(room, "How"), *steps(room, "No"))
    ]
    assert len(steps(room)) == 3
    assert "I may not" in steps(room, "How long?")[0].text
    assert "2 of 3 steps" in card(room).text
    assert not await failures(post, incident_id)


@pytest.mark.parametrize(
    "fault", [{"lose_answer": True}, {"http_status": 500}, {"http_status": 429, "retry_after": 1.0}]
)
@pytest.mark.parametrize("surface", [f.walk(1), f.step(1, 1), f.step(1, 2)])
async def test_a_card_is_there_once_whatever_fails_on_the_way(post: Post, surface: str, fault: dict[str, Any]) -> None:
    incident_id, room = await begun(post)
    mine = f"surface-{incident_id}-{surface}"
    post.sandbox.faults.add(
        Fault(method="chat.postMessage", when=lambda call: mine in str(call.get("metadata")), **fault)
    )
    await post.everything()
    await do(post, incident_id, mark(post, 1))
    assert len(steps(room)) == 2
    assert {step.thread_ts for step in steps(room)} == {card(room).ts}
    assert [m for m in room.messages if m.ts == card(room).ts] == [card(room)]
    assert not await failures(post, incident_id)


async def test_without_its_card_a_run_goes_on_in_the_channel(post: Post) -> None:
    incident_id, room = await begun(post)
    await post.everything()
    gone = card(room)
    room.messages[:] = [message for message in room.messages if gone.ts not in (message.ts, message.thread_ts)]
    await do(post, incident_id, mark(post, 1))
    await do(post, incident_id, c.PauseRunbook(by=post.alice, number=1))
    [second] = steps(room)
    assert second.thread_ts is None
    assert [m.thread_ts for m in room.messages if "paused the runbook" in m.text] == [None]
    told = {failure.what for failure in await failures(post, incident_id)}
    assert told == {"the card of a runbook could not be shown", "a step of a runbook could not be shown"}


async def test_a_step_whose_answer_is_lost_while_the_card_goes_is_there_once(post: Post) -> None:
    incident_id, room = await begun(post)
    await post.everything()
    gone = card(room)
    room.messages[:] = [message for message in room.messages if gone.ts not in (message.ts, message.thread_ts)]
    mine = f"surface-{incident_id}-{f.step(1, 2)}"
    post.sandbox.faults.add(
        Fault(
            method="chat.postMessage",
            lose_answer=True,
            when=lambda call: mine in str(call.get("metadata")) and not call.get("thread_ts"),
        )
    )
    await do(post, incident_id, mark(post, 1))
    [second] = steps(room)
    assert second.thread_ts is None
    await do(post, incident_id, mark(post, 2))
    assert "done" in second.text, "it is known where it is"


async def test_a_card_that_slack_refuses_leaves_its_steps_in_the_channel(post: Post, drawn: list[str]) -> None:
    incident_id, room = await begun(post)
    post.sandbox.faults.add(
        Fault(
            method="chat.postMessage",
            error="restricted_action",
            when=lambda call: f"-{f.walk(1)}" in str(call.get("metadata")),
        )
    )
    await post.everything()
    await found(post, incident_id)
    await post.everything()
    [first] = steps(room)
    assert first.thread_ts is None
    assert "Three wait for one." in first.text
    assert len(await failures(post, incident_id)) == 1
    assert not drawn


async def test_what_a_step_finds_is_on_it_and_its_details_and_chart_are_in_the_runs_thread(
    post: Post, drawn: list[str]
) -> None:
    incident_id, room = await begun(post)
    await post.everything()
    await found(
        post, incident_id, chart=Chart(lines=(Line(label="locks", points=((0.0, 1.0), (60.0, 3.0))),), says="3")
    )
    await post.everything()
    [first] = steps(room)
    assert "Three wait for one." in first.text
    assert "CRITICAL leads to" in first.text
    assert "Go on: How long?" in says(first)
    [picture] = [message for message in room.messages if message.files]
    [details] = [message for message in room.messages if "What was run" in message.text]
    assert {picture.thread_ts, details.thread_ts} == {card(room).ts}
    assert drawn == ["Locks"]
    assert not [message for message in room.messages if "Diagnostics of" in message.text], "it has no card of its own"


async def test_what_comes_back_after_its_step_was_gone_back_from_is_in_the_runs_thread(post: Post) -> None:
    incident_id, room = await begun(post, StepRule(title="Nobody waits", phase=0, then=2), STEPS[0])
    await do(post, incident_id, mark(post, 1))
    asked = c.RunStep(by=post.alice, number=1, step=2, place=0, run=RUN)
    await do(post, incident_id, asked)
    await do(post, incident_id, c.GoBack(by=post.alice, number=1, step=1))
    await post.muster.execute(
        c.RecordDiagnostic(
            by=post.alice, target="db locks", run=RUN, evidence=1, digest="d", verdict="WARN",
            findings=("Two wait.",), took_ms=4,
        ),
        incident_id=incident_id,
    )  # fmt: skip
    await post.everything()
    [late] = [message for message in room.messages if "Diagnostics of db locks" in message.text]
    assert late.thread_ts == card(room).ts
    assert "not the next step any more" in steps(room, "Who waits?")[0].text


async def test_a_second_run_of_the_same_runbook_has_a_thread_of_its_own(post: Post) -> None:
    incident_id, room = await begun(post)
    again = c.StartRunbook(
        by=post.alice, name="locks", title="Locks", digest=DIGEST, phases=("Investigation", "Verification"),
        steps=STEPS, again=True,
    )  # fmt: skip
    await do(post, incident_id, again)
    threads = [message.thread_ts for message in steps(room)]
    assert len(threads) == len({*threads}) == 2
    async with post.muster.database.transaction() as connection:
        statuses = (await connection.execute(select(outbox.c.status).distinct())).scalars().all()
    assert statuses == ["sent"]
