"""Every command, typed in an incident's channel or elsewhere with its reference first."""

from dataclasses import replace

import pytest

from bot.domain import events as e
from bot.domain.procedures import FirstLook
from tests.scenario.stage import Stage, shown, stage


async def test_a_whole_life_by_commands_alone(any_bot: Stage) -> None:
    room = await any_bot.declare("P2 Checkout is slow")
    people = any_bot.sandbox.people

    for who, text, kind in (
        ("bob", "ack", e.Acknowledged),
        ("bob", "update Failing over, @carol is on it", e.UpdatePosted),
        ("bob", "status identified A lock", e.StatusChanged),
        ("bob", "severity sev1 Everyone is hit", e.SeverityChanged),
        ("bob", "role comms @erin", e.RoleAssigned),
        ("bob", "handoff @carol", e.RoleAssigned),
        ("carol", "escalate Nobody knows this part @dave --now", e.Escalated),
        ("carol", "note Pool at 98 %", e.NoteAdded),
        ("carol", "task Add an alert @bob by 2026-12-01", e.ActionItemAdded),
        ("bob", "task done 1", e.ActionItemDone),
        ("carol", "resolve The pool was raised", e.Resolved),
        ("carol", "reopen It came back", e.Reopened),
        ("carol", "status resolved The pool was raised again", e.Resolved),
        ("carol", "close", e.Closed),
    ):
        before = len(await any_bot.events(kind))
        assert "recorded" in shown(await any_bot.command(who, text, room.name)), text
        assert len(await any_bot.events(kind)) == before + 1, text

    incident = await any_bot.incident()
    assert incident.status == "closed"
    assert incident.severity == "P1"
    assert dict(incident.roles) == {"commander": people["carol"].id, "communications": people["erin"].id}
    for words in ("Failing over", "identified", "Everyone is hit", "Nobody knows this part", "It came back"):
        await any_bot.hear(room, words)
    await any_bot.until(lambda _: people["dave"].id in room.members)
    await any_bot.sandbox.quiet(timeout=30)
    refused = {(call.method, call.error) for call in any_bot.sandbox.calls if not call.ok}
    assert refused <= {("conversations.invite", "already_in_channel")}


async def test_elsewhere_the_reference_comes_first(bot: Stage) -> None:
    await bot.declare()
    ref = (await bot.incident()).ref
    assert "recorded" in shown(await bot.command("bob", f"{ref.lower()} ack", "random"))
    assert "recorded" in shown(await bot.command("bob", f"{ref}: update Looking", "random"))
    assert ref.casefold() in shown(await bot.command("bob", f"show {ref}", "random"))
    assert (await bot.incident()).updates == 1


async def test_a_mentioned_channel_stands_for_its_incident(bot: Stage) -> None:
    room = await bot.declare()
    assert "recorded" in shown(await bot.command("bob", f"#{room.name} ack", "random"))


async def test_what_is_read_is_answered_privately_and_changes_nothing(bot: Stage) -> None:
    room = await bot.declare()
    await bot.command("bob", "task Write it down", room.name)
    await bot.sandbox.quiet()
    before, posted = len(await bot.entries()), len(room.messages)
    ref = (await bot.incident()).ref.casefold()
    assert ref in shown(await bot.command("erin", "show", room.name))
    assert "declared" in shown(await bot.command("erin", "timeline", room.name))
    assert "write it down" in shown(await bot.command("erin", "tasks", room.name))
    assert "investigating" in shown(await bot.command("erin", "catchup", room.name))
    assert ref in shown(await bot.command("erin", "list", "random"))
    assert "what i can do" in shown(await bot.command("erin", "help", "random"))
    assert "takes responsibility" in shown(await bot.command("erin", "help ack", "random"))
    assert "what i can diagnose" in shown(await bot.command("erin", "diag", "random"))
    assert "slow-queries" in shown(await bot.command("erin", "runbook", room.name))
    await bot.sandbox.quiet()
    assert (len(await bot.entries()), len(room.messages)) == (before, posted)


async def test_the_incidents_that_are_over_are_not_listed(bot: Stage) -> None:
    room = await bot.declare()
    await bot.command("alice", "resolve It was nothing", room.name)
    assert "none is open" in shown(await bot.command("erin", "list"))


async def test_a_diagnostic_in_an_incident_is_evidence(bot: Stage) -> None:
    room = await bot.declare()
    assert "diagnosing db" in shown(await bot.command("bob", "diag database", room.name))
    await bot.hear(room, "Diagnostics of db: ")
    (recorded,) = await bot.recorded(e.DiagnosticRecorded)
    assert recorded.target == "db"
    assert recorded.digest


async def test_what_the_policy_looks_at_first_stands_in_the_channel_by_itself(database: str) -> None:
    looks = (FirstLook(run=("db",), severities=("P1",)),)
    async with stage(database, rules=lambda policy: replace(policy, first_looks=looks)) as bot:
        first = await bot.declare("P1 Checkout is down")
        await bot.hear(first, "Diagnostics of db: ")
        second = await bot.declare("P2 Search is slow")
        await bot.sandbox.quiet(timeout=30)
        assert not [m for m in second.messages if "Diagnostics of" in m.text]


async def test_a_single_check_or_everything_may_be_asked_for(bot: Stage) -> None:
    room = await bot.declare()
    assert "diagnosing db locks" in shown(await bot.command("bob", "diag db lock", room.name))
    locks = await bot.hear(room, "Diagnostics of db locks: ")
    assert "1 check in" in str(locks.blocks)
    assert "diagnosing all" in shown(await bot.command("bob", "diag all", room.name))
    await bot.hear(room, "Diagnostics of all: ")
    assert [event.target for event in await bot.recorded(e.DiagnosticRecorded, 2)] == ["db locks", "all"]
    assert "did you mean locks?" in shown(await bot.command("bob", "diag db lokcs", room.name))


async def test_a_diagnostic_elsewhere_is_for_the_one_who_asked(bot: Stage) -> None:
    assert "diagnosing db" in shown(await bot.command("bob", "diag db", "random"))
    await bot.until(lambda s: any("Diagnostics of db" in f"{m.text}{m.blocks}" for m in s.ephemerals("bob")))
    assert not [m for m in bot.sandbox.channel("random").messages if "Diagnostics" in m.text]


async def test_a_runbook_is_begun_for_everybody_in_the_channel(bot: Stage) -> None:
    room = await bot.declare()
    assert "steps come one by one" in shown(await bot.command("bob", "runbook Slow Queries", room.name))
    await bot.until(lambda _: next((m for m in room.messages if m.text.startswith(":compass:")), None))
    (begun,) = await bot.recorded(e.RunbookStarted)
    assert begun.name == "slow-queries"
    assert "pg_stat" in shown(await bot.command("erin", "runbook slow-queries", "random"))


async def test_the_review_comes_as_a_file(any_bot: Stage) -> None:
    room = await any_bot.declare()
    await any_bot.command("alice", "resolve Rolled back", room.name)
    assert "review" in shown(await any_bot.command("alice", "pir", room.name))
    file = await any_bot.until(lambda _: next((f for m in room.messages for f in m.files if f.completed), None))
    assert file.content
    assert "Checkout is down" in file.content.decode()


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("akc", "did you mean ack?"),
        ("declare p9 Checkout is down", "there is no severity “p9”"),
        ("declare sev-7 Checkout is down", "known: p1, p2, p3, p4"),
        ("status investigatin", "did you mean investigating?"),
        ("severity P12", "there is no severity “p12”"),
        ("role comandr @bob", "did you mean commander?"),
        ("role comms", "say who"),
        ("diag dbb", "did you mean db?"),
        ("runbook slow-querys", "did you mean slow-queries?"),
        ("task done 7", "no open action item 7"),
        ("note", "this needs some text"),
        ("reopen", "nothing to reopen"),
        ("close", "resolve it before closing it"),
        ("INC-2001-01-01-001 ack", "there is no incident “inc-2001-01-01-001”"),
        ("help nothingness", "there is no command “nothingness”"),
        ("task Mend it by 2026-02-30", "is not a date"),
        ("declare Down --sevice shop", "did you mean --service?"),
    ],
)
async def test_what_is_not_understood_is_answered_privately_with_the_nearest(
    bot: Stage, text: str, answer: str
) -> None:
    room = await bot.declare()
    await bot.sandbox.quiet()
    before, posted = len(await bot.entries()), len(room.messages)
    said = shown(await bot.command("bob", text, room.name))
    assert answer in said
    assert "nothing was recorded" in said
    await bot.sandbox.quiet()
    assert (len(await bot.entries()), len(room.messages)) == (before, posted)


async def test_an_unknown_reference_shows_the_nearest(bot: Stage) -> None:
    await bot.declare()
    ref = (await bot.incident()).ref
    said = shown(await bot.command("bob", f"{ref[:-3]}002 ack"))
    assert f"did you mean {ref}?".casefold() in said


async def test_outside_of_an_incident_its_reference_is_asked_for(bot: Stage) -> None:
    assert "this channel belongs to no incident" in shown(await bot.command("bob", "ack", "random"))


async def test_a_second_acknowledgement_says_who_was_first(bot: Stage) -> None:
    room = await bot.declare()
    await bot.command("bob", "ack", room.name)
    said = shown(await bot.command("carol", "ack", room.name))
    assert f"already acknowledged by <@{bot.sandbox.people['bob'].id}>".casefold() in said
