"""A review from the resolution to the question if it helped, as people live through it in Slack."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain import events as e
from bot.sandbox.records import Reply
from tests.scenario.heard import heard, said
from tests.scenario.stage import shown
from tests.scenario.timetable import Play, play

CONTACTS = {"on-call": "@oncall", "engineering-lead": "alice carol"}
LESSONS = "lessons"


@pytest.fixture
async def reviewed(database: str) -> AsyncIterator[Play]:
    """Alice and Carol lead the engineers: one of them approves a review, which is then told in #lessons."""
    async with play(database, "default", CONTACTS) as made:
        wants(made, approvals=1, approvers=("engineering-lead",), publish_to=(LESSONS,))
        await made.bot.sandbox.create_channel("alice", LESSONS)
        await made.bot.sandbox.invite("alice", LESSONS, "muster")
        await made.settle()
        yield made


def wants(here: Play, **rules: Any) -> None:
    """Other rules for reviews are in force, and no follow-ups, which are another matter."""
    policy = replace(here.policy, follow_ups=())
    here.bot.app.rules.take(replace(policy, review=replace(policy.review, **rules)))


async def resolved(here: Play, words: str = "P2 Searching is slow") -> None:
    """An incident is over, and all that people heard of it until then is no news."""
    await here.typed("dave", f"declare {words}", "general")
    here.news = []
    for who, text in (
        ("bob", "ack"),
        ("bob", "cause The index was gone"),
        ("bob", "task Watch the index @bob by 2027-01-15"),
    ):
        await here.typed(who, text)
        here.news = []
    await here.typed("bob", "resolve The index is built again")


async def opened(here: Play, who: str, action: str, words: str) -> dict[str, Any]:
    """What the form keeps that somebody opens by a button."""
    await here.pressed(who, action, words)
    view = here.sandbox.view(who)
    assert view is not None, here.moment()
    kept: dict[str, Any] = json.loads(view.private_metadata)
    return kept


async def answer(here: Play, who: str, given: dict[str, Any]) -> Reply:
    """What a form says that somebody sends; nothing is wrong with it."""
    await here.submitted(who, given)
    assert here.reply is not None
    return here.reply


async def newest(here: Play) -> str:
    """The newest version, as it comes into the room for whoever asks."""
    here.news = []
    await here.typed("dave", "review")
    here.news = []
    return await here.review()


async def test_a_review_goes_from_the_draft_to_what_became_of_it(reviewed: Play) -> None:  # noqa: PLR0915 (one story)
    here = reviewed
    await resolved(here)
    here.check(
        said("Resolved after", "The index is built again"),
        said("The review of INC-2026-02-02-001", "version 1", "INC-2026-02-02-001-review-v1.md"),
        said("The review of INC-2026-02-02-001", "only people can answer", "Approved:", "0 of 1"),
    )
    over = here.clock()

    # Two people open the form at once: both see version 1. One answers what is asked first, the other picks a section.
    card = "only people can answer"
    await opened(here, "bob", "review_write", card)
    await opened(here, "dave", "review_write", card)
    view = here.sandbox.view("bob")
    assert view is not None
    asked = [block for block in view.blocks if block["block_id"].startswith("answer-")]
    assert asked, "the first open questions are asked at once"
    await answer(here, "bob", {"answer-0": "*Nobody* watched <!channel> the index"})
    options = {option["text"]["text"]: option for option in _options(here, "dave")}
    other = next(name for name in options if name.startswith(("What we learned", "Lessons")))
    reply = await answer(here, "dave", {"section": options[other]["value"]})
    assert isinstance(reply.body, dict)
    assert reply.body["response_action"] == "update"
    await answer(here, "dave", {"words": "It was a quiet Monday"})
    text = await newest(here)
    for words in ("watched", "It was a quiet Monday"):
        assert words in text
    edits = await here.bot.events(e.ReviewEdited)
    assert [(edit.version, edit.via) for edit in edits] == [(2, "slack"), (3, "slack")]

    # The timeline goes on; two minutes later it is written again, and people's words are where they were.
    await here.at("10m", since=over).types("carol", "note The cache was cold as well")
    await here.run_to(over + timedelta(minutes=13))
    again = await newest(here)
    for words in ("watched", "It was a quiet Monday", "The cache was cold as well"):
        assert words in again

    await (
        here.at("2h", since=over)
        .types("bob", "review meeting tomorrow 10:00 30")
        .expects(said("We meet about the review", "Tue 3 Feb 09:00", "30 min"))
    ) if here.policy.calendar.zone == "Europe/Rome" else None
    await here.at("5d", since=over).expects(said("was due", "@bob", "questions are open"))

    # Dave wrote last and is none who approves; of those who are, nobody has written yet.
    await here.typed("dave", "review approve")
    here.answered(("cannot approve", "engineering-lead"))
    await here.typed("bob", "review publish")
    here.answered(("not approved yet", "1 more to go"))
    await here.pressed("carol", "review_approve", "0 of 1")
    await here.shown("review")
    assert (await here.incident()).review.approvers == (here.sandbox.workspace.person("carol").id,)

    # What is written after it needs another, and not by whoever wrote it.
    await here.typed("carol", f"review edit {other.partition(' ·')[0]}")
    await answer(here, "carol", {"words": "It was a quiet Monday, and Dave was up"})
    await here.typed("carol", "review publish")
    here.answered(("not approved yet",))
    await here.typed("carol", "review approve")
    here.answered(("somebody else approves",))
    await here.typed("alice", "review approve")
    here.answered(("approved of the review",))
    await opened(here, "bob", "review_publish", "Every question" if "_To be" not in again else card)
    await answer(here, "bob", {"summary": "An index was lost; now it is watched <!here>"})
    here.check(
        said("is published", "now it is watched"),
        heard(f"#{LESSONS}", "What we learned from", "now it is watched", "The index was gone"),
    )
    published = here.clock()
    assert not [m for m in here.sandbox.channel(LESSONS).messages if "<!here>" in f"{m.text}{m.blocks}"]

    await here.typed("bob", "review history")
    here.answered(("version by version", "published", "approved by", "from the timeline"))
    await here.typed("bob", "review diff 1 3")
    here.answered(("It was a quiet Monday", "version 1 → 3"))
    await here.typed("bob", "review diff 1 99")
    here.answered(("no review",))

    here.news = []
    await here.run_to(published + timedelta(days=14))
    here.check(said("Has it helped?", "@bob", "Watch the index", "Of its 1 task, 0 are done"))
    await opened(here, "bob", "review_helped:3", "Has it helped?")
    await answer(here, "bob", {"why": "It was lost again on Friday"})
    here.check(said("has not helped", "It was lost again on Friday"))
    await here.run_to(published + timedelta(days=60))
    here.news = []


async def test_two_who_write_in_one_place_lose_nothing_and_hear_of_each_other(reviewed: Play) -> None:
    here = reviewed
    await resolved(here)
    here.news = []
    for who in ("bob", "dave"):
        await here.typed(who, "review edit what we learned")
    first = {"answer-0": "Watch every index"} if _asks(here, "bob") else {"words": "Watch every index"}
    await answer(here, "bob", first)
    second = dict.fromkeys(first, "Test the restore")
    reply = await answer(here, "dave", second)
    assert "same place" in json.dumps(reply.body)
    text = await newest(here)
    assert "Watch every index" in text
    assert "Test the restore" in text


async def test_the_review_of_a_private_incident_is_told_nowhere_else(reviewed: Play) -> None:
    here = reviewed
    await resolved(here, "P2 Somebody reads our mail --private")
    here.news = []
    await here.typed("dave", "review edit what we learned")
    await answer(here, "dave", {"answer-0": "Secret"} if _asks(here, "dave") else {"words": "Secret"})
    await here.typed("alice", "review", "general")
    here.answered(("no incident",))
    ref = (await here.incident()).ref
    await here.typed("alice", f"{ref} review history", "general")
    here.answered(("There is no incident",))
    wants(here, approvals=0)
    await here.typed("bob", "review publish We were lucky")
    here.check(said("is published", "We were lucky"))
    assert (await here.bot.events(e.ReviewPublished))[0].channels == ()
    assert not here.sandbox.channel(LESSONS).messages or all(
        "INC-" not in f"{message.text}" for message in here.sandbox.channel(LESSONS).messages
    )


async def test_what_no_form_or_button_of_ours_says_is_told_to_nobody_else(reviewed: Play) -> None:
    here = reviewed
    await here.typed("dave", "declare P2 Searching is slow", "general")
    here.news = []
    for words, told in (
        ("review edit", "no review yet"),
        ("review approve", "no review yet"),
        ("review celebrate", "do not know what"),
        ("review diff 1", "which two versions"),
        ("review helped", "whether it helped"),
        ("review meeting someday", "needs a day and a time"),
        ("review meeting yesterday 10:00", "not a date"),
    ):
        await here.typed("bob", words)
        assert here.reply is not None
        assert told in shown(here.reply), words
    here.check()


def _asks(here: Play, who: str) -> bool:
    view = here.sandbox.view(who)
    assert view is not None, f"{here.moment()}: {who} has no form open: {here.reply}"
    return any(str(block.get("block_id", "")).startswith("answer-") for block in view.blocks)


def _options(here: Play, who: str) -> list[dict[str, Any]]:
    view = here.sandbox.view(who)
    assert view is not None
    found: list[dict[str, Any]] = next(b["element"]["options"] for b in view.blocks if b["block_id"] == "section")
    return found
