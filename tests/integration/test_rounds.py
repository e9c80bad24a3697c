"""A lane that is behind: rows that go out together are told once and in order, whatever comes between."""

import asyncio
import contextlib

import pytest
from sqlalchemy import select, text, update

from bot.application import outbox as outbox_desk
from bot.application.execute import Outcome
from bot.domain import commands as c
from bot.domain.standing import Standing
from bot.jobs.delivery import Delivery
from bot.jobs.rounds import Unreadable
from bot.sandbox import Fault
from bot.store.rounds import TOGETHER
from bot.store.tables import incidents, outbox
from tests.integration.post import Post

WORDS = [f"step {number} of many" for number in range(2 * TOGETHER)]


@pytest.fixture
async def behind(post: Post) -> Outcome:
    """An incident in whose channel a lot is still to be said."""
    done = await post.declare()
    await post.everything()
    for words in WORDS:
        await post.muster.execute(c.Escalate(by=post.alice, why=words), ref=done.incident.ref)
    return done


async def statuses(post: Post, lane: str) -> list[tuple[str, int]]:
    rows = select(outbox.c.status, outbox.c.attempts).where(outbox.c.lane == lane, outbox.c.kind == "post")
    async with post.muster.database.transaction() as connection:
        found = (await connection.execute(rows.order_by(outbox.c.id))).all()
    return [(row.status, row.attempts) for row in found][1:]  # the first is the alert


def said(post: Post, done: Outcome) -> list[str]:
    """The words in the channel in their order, each as often as it was said."""
    texts = post.texts(str(done.incident.channel_name))
    return [words for text in texts for words in WORDS if words in text]


async def test_what_stands_before_a_failure_is_sent_and_what_stands_behind_it_was_not_tried(
    post: Post, behind: Outcome
) -> None:
    lane = f"{behind.incident_id}:room"
    post.sandbox.faults.add(
        Fault(method="chat.postMessage", http_status=429, retry_after=30, when=lambda call: WORDS[3] in str(call))
    )
    await post.delivery.drain(lane)
    assert said(post, behind) == WORDS[:3]
    after = await statuses(post, lane)
    assert after[:3] == [("sent", 1)] * 3
    assert after[3] == ("waiting", 1)
    assert set(after[4:]) == {("waiting", 0)}
    await post.everything()
    assert said(post, behind) == WORDS


async def test_a_process_that_dies_in_the_middle_leaves_nothing_out_and_says_nothing_twice(
    post: Post, behind: Outcome
) -> None:
    lane, reached = f"{behind.incident_id}:room", asyncio.Event()

    def here(call: dict[str, object]) -> bool:
        if WORDS[4] in str(call):
            reached.set()
            return True
        return False

    post.sandbox.faults.add(Fault(method="chat.postMessage", stall=30, when=here))
    dying = asyncio.create_task(post.delivery.drain(lane))
    await reached.wait()
    dying.cancel()
    await asyncio.wait({dying})
    assert {status for status, _ in (await statuses(post, lane))[:TOGETHER]} == {"sending"}
    await post.let_leases_run_out()
    await post.everything()
    assert said(post, behind) == WORDS


async def test_a_process_that_is_told_to_stop_hands_the_rest_over(post: Post, behind: Outcome) -> None:
    lane = f"{behind.incident_id}:room"

    def stop(call: dict[str, object]) -> bool:
        post.delivery.closing = post.delivery.closing or WORDS[2] in str(call)
        return False

    post.sandbox.faults.add(Fault(method="chat.postMessage", when=stop))
    await post.delivery.drain(lane)
    assert said(post, behind) == WORDS[:3]
    assert set((await statuses(post, lane))[3:]) == {("waiting", 0)}
    post.delivery.closing = False
    await post.delivery.drain(lane)
    assert said(post, behind) == WORDS, "nobody holds the lane, and nothing has to be waited for"


async def test_two_processes_in_the_same_lanes_say_everything_once_and_in_order(post: Post) -> None:
    other = Delivery(post.desk, post.delivery.carrier, post.delivery.courtesy, post.delivery.on_outcome)
    incidents = [await post.declare(title=f"Checkout is down {number}") for number in range(4)]
    await post.everything()
    for words in WORDS[:6]:
        for done in incidents:
            await post.muster.execute(c.Escalate(by=post.alice, why=words), ref=done.incident.ref)
    lanes = [f"{done.incident_id}:{lane}" for done in incidents for lane in ("room", "invites")] + ["announce"]
    await asyncio.gather(*(delivery.drain(lane) for lane in lanes for delivery in (post.delivery, other, other)))
    await post.everything()
    for done in incidents:
        assert said(post, done) == WORDS[:6]


async def test_a_row_that_nobody_can_read_holds_a_shared_lane_for_minutes_and_not_for_ever(
    post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    sick, well = await post.declare(title="Sick"), await post.declare(title="Well")
    for done in (sick, well):
        await post.delivery.drain(f"{done.incident_id}:room")
    async with post.muster.database.transaction() as connection:
        spoilt = text("jsonb_set(state, '{declared_at}', '\"yesterday\"')")
        await connection.execute(update(incidents).where(incidents.c.id == sick.incident_id).values(state=spoilt))
    with pytest.raises(Unreadable):
        await post.delivery.drain("announce")
    assert not post.delivery.rounds.held, "nobody renews its lease"
    for _ in range(25):
        await post.let_leases_run_out()
        with contextlib.suppress(Unreadable):
            await post.delivery.drain("announce")
    assert "set aside" in caplog.text
    await post.delivery.drain("announce")
    announced = " ".join(post.texts("incidents"))
    assert "Well" in announced
    assert "Sick" not in announced
    [refused] = [row for row in await outbox_desk.look(post.muster) if row.standing is Standing.REFUSED]
    assert refused.reason == "unreadable"
