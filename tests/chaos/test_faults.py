"""Every call to Slack of a whole incident fails in every way, and nothing is lost or said twice.

Many incidents live side by side in one workspace. Each has a handful of calls that fail, so that after all of them
every call has failed in every way.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from bot.domain import events as e
from bot.sandbox import Fault
from tests.chaos.audit import Record, audit
from tests.chaos.conftest import Fresh
from tests.chaos.script import CallName, tag
from tests.chaos.seed import SEED, dice
from tests.chaos.story import Story
from tests.chaos.theatre import Theatre, theatre

_logger = logging.getLogger(__name__)

#: Every call of the story by name, act by act: method, place, and from which time to which. A surface is shown now and
#: then while things change: three of its calls stand for them all.
ACTS = tuple(
    tuple(CallName(method, place, nth) for method, place, first, last in calls for nth in range(first, last + 1))
    for calls in (
        (
            ("conversations.create", "", 1, 1),
            ("chat.postMessage", "room", 1, 2),
            ("pins.add", "room", 1, 1),
            ("conversations.invite", "room", 1, 1),
            ("conversations.setTopic", "room", 1, 1),
            ("conversations.setPurpose", "room", 1, 1),
            ("bookmarks.add", "room", 1, 1),
        ),
        (
            ("chat.postMessage", "room", 3, 15),
            ("chat.postMessage", "@bob", 1, 1),
            ("chat.postMessage", "@erin", 1, 1),
            ("chat.postMessage", "@dave", 1, 1),
            ("chat.postMessage", "@carol", 1, 1),
            ("conversations.invite", "room", 2, 3),
            ("conversations.setTopic", "room", 2, 3),
            ("chat.update", "room", 1, 3),
            ("chat.update", "incidents", 1, 3),
            ("conversations.history", "room one", 1, 2),
            ("reactions.add", "room", 1, 2),
            ("reactions.remove", "room", 1, 1),
        ),
        (
            ("chat.postMessage", "room", 16, 22),
            ("conversations.canvases.create", "room", 1, 1),
            ("files.getUploadURLExternal", "", 1, 1),
            ("upload", "", 1, 1),
            ("files.completeUploadExternal", "room", 1, 1),
        ),
    )
)
#: All incidents share one lane for announcements, so what fails there takes its time with all of them.
ANNOUNCEMENTS = (CallName("chat.postMessage", "incidents", 1), CallName("chat.postMessage", "incidents", 2))
CALLS = tuple(call for act in ACTS for call in act)

SURFACES = {
    ("chat.update", "room"),
    ("chat.update", "incidents"),
    ("conversations.setTopic", "room"),
    ("canvases.edit", ""),
    # The review is brought when it is there and when somebody asks for it, with its picture: once where both are one.
    ("files.getUploadURLExternal", ""),
    ("upload", ""),
    ("files.completeUploadExternal", "room"),
}

#: What goes wrong once, and is over.
PASSING: Mapping[str, Fault] = {
    "429": Fault(method="*", http_status=429, retry_after=1),
    "500": Fault(method="*", http_status=500),
    "no connection": Fault(method="*", refuse_connection=True),
    "answer lost": Fault(method="*", lose_answer=True),
}
#: Slack acts after the bot has given up, and before it looks.
STALLED = Fault(method="*", stall=10.5)
#: What Slack will not do, ever.
LASTING = Fault(method="*", error="restricted_action")

#: Without these there is little left to go wrong: each is alone in an incident, or with one that it does not touch.
_ALONE = (*((call,) for call in ACTS[0][:3]), (ANNOUNCEMENTS[0], CallName("files.getUploadURLExternal", "", 1)))
#: A broken upload is tried again; there is no refusal of it.
_NEVER_REFUSED = frozenset({"upload"})

#: How many incidents share the faults that pass.
_INCIDENTS = 36
#: What is done in a room beside its posts.
_ASIDE = frozenset(
    {
        "conversations.invite",
        "conversations.setTopic",
        "conversations.setPurpose",
        "conversations.canvases.create",
        "chat.update",
    }
)

Plan = Mapping[CallName, Fault]


def passing() -> list[Plan]:
    """Faults for one incident after the other: each call has each of the passing faults once, and stalls once."""
    calls = list(CALLS)
    dice("calls").shuffle(calls)
    plans: list[dict[CallName, Fault]] = [{} for _ in range(_INCIDENTS)]
    for k, fault in enumerate(PASSING.values()):
        for i, call in enumerate(calls):
            plans[(i + 7 * k) % _INCIDENTS][call] = fault
    stalling = iter(range(_INCIDENTS))
    for act in ACTS:
        # An incident stalls in one of its acts alone, and once in one lane: more would only take longer.
        mine: dict[int, set[tuple[str, str]]] = {}
        for call in act:
            main = call.place in ("", "room") and call.method not in _ASIDE
            lane = ("", "room") if main else (call.method, call.place)
            fits = (n for n, lanes in mine.items() if lane not in lanes and len(lanes) < 2 and call not in plans[n])
            number = next(fits, None)
            if number is None:
                number = next(n for n in stalling if call not in plans[n])
            mine.setdefault(number, set()).add(lane)
            plans[number][call] = STALLED
    assert sum(map(len, plans)) == len(CALLS) * (len(PASSING) + 1), "no two faults hit the same call"
    return list(plans)


def lasting() -> Sequence[Plan]:
    """Refusals for one incident after the other: each call is refused once."""
    alone = {call for calls in _ALONE for call in calls}
    rest = [call for call in (*CALLS, *ANNOUNCEMENTS) if call not in alone and call.method not in _NEVER_REFUSED]
    # A pinned message that can't be read gets no mark, so these two have to be refused in different incidents.
    marks = [call for call in rest if call.method.startswith("reactions")]
    reads = [call for call in rest if call.method == "conversations.history"]
    others = [call for call in rest if call not in [*marks, *reads]]
    dice("refusals").shuffle(others)
    together = [marks + others[0::8], reads + others[1::8], *(others[i::8] for i in range(2, 8))]
    return [dict.fromkeys(calls, LASTING) for calls in (*_ALONE, *together)]


Tell = Callable[[Story], Coroutine[Any, Any, None]]


async def live(made: Theatre, plans: Sequence[Plan], tell: Tell) -> list[Record]:
    """Lives one incident for each plan, side by side, and looks at all of them when it is quiet."""
    stories = [Story(made.sandbox, made.door, made.watch, number) for number in range(len(plans))]
    for story, plan in zip(stories, plans, strict=True):
        for name, fault in plan.items():
            made.script.set(story.number, name, replace(fault))
    async with asyncio.TaskGroup() as group:
        for story in stories:
            group.create_task(tell(story))
    await made.watch.all_settled()
    assert not made.script.untaken(), "these calls were not made"
    return await audit(made.door, made.sandbox, [story.ref for story in stories])


def told(plans: Sequence[Plan]) -> str:
    """What went wrong where, for the one who reads a failure."""
    lines = [f"{tag(number)}: {', '.join(map(str, plan))}" for number, plan in enumerate(plans)]
    return "\n".join([f"MUSTER_CHAOS_SEED={SEED}", *lines])


async def test_the_calls_of_a_whole_incident_are_those_that_fail_below(database: str) -> None:
    async with theatre(database) as made:
        await live(made, [{}], Story.live)
        seen = set(made.script.incidents[0].seen)
    assert {*CALLS, *ANNOUNCEMENTS} <= seen, "these calls are not made any more"
    more = {call for call in seen - {*CALLS, *ANNOUNCEMENTS} if (call.method, call.place) not in SURFACES}
    assert not more, f"these calls are new: they have to fail below: {sorted(map(str, more))}"


@pytest.mark.timeout(240)
@pytest.mark.parametrize("part", [0, 1])
async def test_whatever_fails_for_a_while_is_done_once_and_in_order(fresh: Fresh, part: int) -> None:
    plans = passing()[part::2]
    announcing = [{ANNOUNCEMENTS[part]: fault} for fault in (*PASSING.values(), STALLED)]
    _logger.warning(told(plans))
    async with theatre(await fresh()) as made, theatre(await fresh()) as other, asyncio.TaskGroup() as group:
        lived = group.create_task(live(made, plans, Story.live))
        announced = group.create_task(live(other, announcing, Story.announce))
    for record in [*lived.result(), *announced.result()]:
        assert not record.events(e.DeliveryFailed), record.incident.ref


async def test_whatever_is_refused_is_told_and_everything_else_is_there(database: str) -> None:
    plans = lasting()
    _logger.warning(told(plans))
    async with theatre(database) as made:
        records = await live(made, plans, Story.live)
    for record, plan in zip(records, plans, strict=True):
        # A surface that is refused for one reason again and again is told of once.
        told_of = {call if (place := (call.method, call.place)) not in SURFACES else place for call in plan}
        assert len(record.events(e.DeliveryFailed)) == len(told_of), record.incident.ref
        assert record.incident.closed_at, "the incident goes on"


#: What the bot asks of Slack for all incidents together. The first two are asked at the start, and again until they are
#: answered.
_SHARED = {"auth.test": 2, "conversations.list": 2, "usergroups.users.list": 1, "users.info": 1}


async def test_what_all_incidents_ask_for_may_fail_as_well(fresh: Fresh) -> None:
    async def one(fault: Fault) -> None:
        faults = [replace(fault, method=method, times=times) for method, times in _SHARED.items()]
        async with theatre(await fresh(), faults=faults) as made:
            await live(made, [{}], Story.review)
            assert {call.method for call in made.sandbox.calls if not call.ok or (call.seconds or 0) > 10} == {*_SHARED}

    async with asyncio.TaskGroup() as group:
        for fault in (*PASSING.values(), STALLED, LASTING):
            group.create_task(one(fault))
