"""The outbox and the surfaces, delivered to the sandbox by hand: each lane when the test says so."""

from typing import Any

import pytest

from bot.application.diagnose import Diagnostics
from bot.domain import commands as c
from bot.domain.actor import MUSTER
from bot.domain.effects import Surface
from bot.jobs.reviews import Reviews
from bot.sandbox import Fault, channels
from tests.integration.post import Post


async def test_a_declaration_ends_with_a_furnished_channel(post: Post) -> None:
    done = await post.declare()
    await post.everything()
    name = str(done.incident.channel_name)
    room = post.sandbox.channel(name)
    assert "P1" in room.topic
    assert room.purpose
    assert post.sandbox.people["alice"].id in room.members
    assert len(room.pins) == 1
    assert len(room.bookmarks) == 1
    assert [done.incident.ref in text for text in post.texts(name)] == [True, True]  # alert, then the card
    assert len(post.texts("incidents")) == 1
    assert (await post.row(done.incident_id)).channel_id == room.id


@pytest.mark.parametrize(
    "method",
    [
        "conversations.create", "chat.postMessage", "conversations.invite", "conversations.setTopic",
        "conversations.setPurpose", "pins.add", "bookmarks.add", "auth.test", "conversations.list",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "fault",
    [
        {"lose_answer": True},
        {"http_status": 500},
        {"http_status": 429, "retry_after": 0},
        {"refuse_connection": True},
        {"error": "internal_error"},
    ],
    ids=lambda fault: next(iter(fault)) + str(next(iter(fault.values()))),
)  # fmt: skip
async def test_one_failing_call_loses_nothing_and_doubles_nothing(
    post: Post, method: str, fault: dict[str, Any]
) -> None:
    post.sandbox.faults.add(Fault(method=method, **fault))
    done = await post.declare()
    await post.everything()
    name = str(done.incident.channel_name)
    room = post.sandbox.channel(name)
    assert [c.name for c in post.sandbox.workspace.channels.values() if c.name.startswith("inc-")] == [name]
    assert len(post.texts(name)) == 2
    assert len(post.texts("incidents")) == 1
    assert len(room.pins) == 1
    assert len(room.bookmarks) == 1
    assert "P1" in room.topic
    assert post.sandbox.people["alice"].id in room.members
    assert (await post.row(done.incident_id)).troubles == 0


@pytest.mark.parametrize(
    ("method", "error"),
    [
        ("conversations.invite", "missing_scope"),
        ("conversations.setTopic", "restricted_action"),
        ("pins.add", "restricted_action"),
        ("bookmarks.add", "missing_scope"),
    ],
)
async def test_a_refused_call_leaves_the_incident_alive_and_tells_the_commander(
    post: Post, method: str, error: str
) -> None:
    post.sandbox.faults.add(Fault(method=method, error=error, times=-1))
    done = await post.declare()
    await post.everything()
    assert (await post.row(done.incident_id)).troubles == 1
    dm = next(ch for ch in post.sandbox.workspace.channels.values() if ch.kind == "im" and ch.messages)
    assert error in dm.messages[-1].text or error in str(dm.messages[-1].blocks)
    await post.muster.execute(c.PostUpdate(by=post.alice, text="still here"), ref=done.incident.ref)
    await post.everything()
    assert any("still here" in text for text in post.texts(str(done.incident.channel_name)))


async def test_without_a_channel_the_incident_lives_on_and_one_note_says_so(post: Post) -> None:
    post.sandbox.faults.add(Fault(method="conversations.create", error="restricted_action", times=-1))
    done = await post.declare()
    await post.everything()
    await post.muster.execute(c.Acknowledge(by=post.alice), ref=done.incident.ref)
    await post.everything()
    incident = await post.row(done.incident_id)
    assert incident.troubles == 1
    assert incident.acknowledged_by == post.alice


async def test_a_name_that_somebody_else_has_gets_a_suffix(post: Post) -> None:
    bob = post.sandbox.people["bob"]
    channels.create(post.sandbox.workspace, "inc-2026-03-14-001-checkout-is-down", bob, is_private=False)
    done = await post.declare()
    await post.everything()
    assert (await post.row(done.incident_id)).channel_name == "inc-2026-03-14-001-checkout-is-down-2"


async def test_ten_quick_changes_cost_a_surface_one_call(post: Post) -> None:
    done = await post.declare()
    await post.everything()
    for number in range(10):
        await post.muster.execute(c.AddActionItem(by=post.alice, text=f"item {number}"), ref=done.incident.ref)
    seen = len(post.sandbox.calls)
    await post.surfaces.refresh(done.incident_id, Surface.SUMMARY)
    await post.surfaces.refresh(done.incident_id, Surface.SUMMARY)
    assert post.methods(seen) == ["chat.update"]


async def test_a_surface_that_shows_the_same_is_not_sent_again(post: Post) -> None:
    done = await post.declare()
    await post.everything()
    await post.muster.execute(c.PostUpdate(by=post.alice, text="looking"), ref=done.incident.ref)
    seen = len(post.sandbox.calls)
    await post.surfaces.refresh(done.incident_id, Surface.TOPIC)
    await post.surfaces.refresh(done.incident_id, Surface.TOPIC)
    assert post.methods(seen).count("conversations.setTopic") <= 1


async def test_updates_hang_on_the_alert_and_show_in_the_channel(post: Post) -> None:
    done = await post.declare()
    await post.muster.execute(c.PostUpdate(by=post.alice, text="failing over"), ref=done.incident.ref)
    await post.everything()
    room = post.sandbox.channel(str(done.incident.channel_name))
    mine = [m for m in room.messages if m.user == post.sandbox.people["muster"].id and m.blocks]
    [update] = [m for m in mine if "failing over" in str(m.blocks) and m.thread_ts]
    assert update.thread_ts == mine[0].ts
    assert update.subtype == "thread_broadcast"


async def test_a_pinned_message_is_fetched_recorded_and_marked(post: Post) -> None:
    done = await post.declare()
    await post.everything()
    name = str(done.incident.channel_name)
    await post.sandbox.join("bob", name)
    ts = await post.sandbox.say("bob", name, "pool is *full* <!channel>")
    room = post.sandbox.channel(name)
    pin = c.PinMessage(by=post.alice, channel=room.id, ts=ts, user=post.sandbox.people["alice"].id)
    await post.muster.execute(pin, incident_id=done.incident_id)
    await post.everything()
    message = next(m for m in room.messages if m.ts == ts)
    assert "pushpin" in str(message.reactions)
    await post.muster.execute(
        c.UnpinMessage(by=post.alice, channel=room.id, ts=ts, user=post.alice.id), incident_id=done.incident_id
    )
    await post.everything()
    assert "pushpin" not in str(next(m for m in room.messages if m.ts == ts).reactions)


async def test_a_diagnostic_is_kept_posted_and_cited(post: Post) -> None:
    done = await post.declare()
    diagnostics = Diagnostics(post.muster, lambda _name: post.muster.database.url)
    await diagnostics.diagnose_incident(done.incident_id, "db", "run-1")
    await diagnostics.diagnose_incident(done.incident_id, "db", "run-1")
    await post.everything()
    assert (await post.row(done.incident_id)).diagnostics == 1
    assert sum("db" in text for text in post.texts(str(done.incident.channel_name))) >= 1


async def test_a_review_is_uploaded_once_even_when_the_answer_is_lost(post: Post) -> None:
    done = await post.declare()
    await post.everything()
    await post.muster.execute(c.Resolve(by=post.alice, summary="rolled back"), ref=done.incident.ref)
    await post.muster.execute(c.RequestReview(by=post.alice), ref=done.incident.ref)
    await Reviews(post.desk).write(done.incident_id)
    post.sandbox.faults.add(Fault(method="files.completeUploadExternal", lose_answer=True, times=2))
    await post.everything()
    files = [f.name for m in post.sandbox.channel(str(done.incident.channel_name)).messages for f in m.files]
    # The review, and what happened when as a picture.
    assert sorted(files) == [f"{done.incident.ref}-review-v1.{kind}" for kind in ("md", "png")]
    assert (await post.row(done.incident_id)).review.version == 1


async def test_a_private_incident_leaves_no_trace_outside(post: Post) -> None:
    done = await post.declare(private=True, title="Somebody took the keys")
    await post.everything()
    await post.muster.execute(c.Escalate(by=post.alice, why="need help"), ref=done.incident.ref)
    await post.muster.execute(c.Resolve(by=post.alice, summary="keys are back"), ref=done.incident.ref)
    await post.everything()
    room = post.sandbox.channel(str(done.incident.channel_name))
    assert room.is_private
    elsewhere = [m for ch in post.sandbox.workspace.channels.values() if ch.id != room.id for m in ch.messages]
    assert not [m for m in elsewhere if "keys" in m.text + str(m.blocks)]
    assert MUSTER.user is None
