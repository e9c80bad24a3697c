"""Slack is away or slow: work goes on at a terminal, nothing is lost, and people are told that it comes late."""

import asyncio
import contextlib
import re
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, update
from typer.testing import CliRunner

from bot.application import outbox
from bot.cli.main import app
from bot.domain import events as e
from bot.domain.incident import Incident
from bot.sandbox.model import Message
from bot.sandbox.records import Fault
from bot.store import replicas
from bot.store.database import DatabaseUnavailable
from bot.store.tables import lanes
from tests.scenario.stage import Stage, shown

STAMP = "Slack could not be told until"
AWAY = Fault(method="*", refuse_connection=True, times=-1)


@pytest.fixture(params=["dead port", "no token"])
def terminal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database: str, request: pytest.FixtureRequest) -> None:
    """A terminal that has the database, and Slack either not at all or at an address where nobody answers."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.delenv("SLACK_BOT_TOKEN", raising=False)
    if request.param == "dead port":
        monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-of-nobody")
        monkeypatch.setenv("SLACK_API_URL", "http://127.0.0.1:1/api/")


async def muster(*words: str) -> str:
    """Runs a command at the terminal, which works; returns what it says."""
    result = await asyncio.to_thread(CliRunner().invoke, app, words)
    assert result.exit_code == 0, result.output
    return result.output


async def slack_is_back(bot: Stage) -> None:
    """Slack answers again, and what was put off is due."""
    bot.sandbox.faults.clear()
    async with bot.core.database.transaction() as connection:
        await connection.execute(update(lanes).values(until=func.now() - timedelta(hours=1)))
    for lane in {row.lane for row in await outbox.look(bot.core.muster)}:
        with contextlib.suppress(DatabaseUnavailable):  # on a busy machine; then upkeep finds it
            await bot.app.delivery.drain(lane)


def posts(bot: Stage, incident: Incident) -> list[Message]:
    """What the bot said in the incident's channel, without its card and the review's, which show the present."""
    room = bot.sandbox.channel(str(incident.channel_id))
    pinned, me = {pin.ts for pin in room.pins}, bot.sandbox.workspace.bot.id
    said = [m for m in room.messages if m.user == me and m.blocks and m.ts not in pinned]
    return [m for m in said if "review_history" not in str(m.blocks)]


async def seen(bot: Stage) -> None:
    """Waits until the bot has given its first sign of life, which nothing waits for when it starts."""
    async with asyncio.timeout(30):
        while True:
            async with bot.core.database.transaction() as connection:
                if await replicas.known(connection):
                    return


def in_order(texts: Sequence[str], *words: str) -> bool:
    whole = "\n".join(texts)
    places = [whole.find(word) for word in words]
    return -1 not in places and places == sorted(places)


@pytest.mark.usefixtures("terminal")
async def test_an_incident_that_is_run_at_a_terminal_while_slack_is_away_is_told_in_order_when_it_is_back(
    bot: Stage,
) -> None:
    bot.sandbox.faults.add(AWAY)
    await seen(bot)
    said = await muster("incident", "declare", "P1", "Checkout is down")
    assert "The running bot tells Slack" in said
    ref = re.findall(r"INC-\d{4}-\d\d-\d\d-\d{3}", said)[0]
    for words in (
        ("incident", "ack", ref),
        ("incident", "update", ref, "Failing over"),
        ("incident", "severity", ref, "P2", "One region only"),
        ("incident", "escalate", ref, "Nobody knows this part"),
        ("incident", "resolve", ref, "The pool was raised"),
    ):
        answer = await muster(*words)
        assert "Recorded as" in answer
        assert "The running bot tells Slack" in answer
    assert "The pool was raised" in await muster("review", ref)
    assert '"target": "db"' in await asyncio.to_thread(lambda: CliRunner().invoke(app, ["diag", "db", "--json"]).output)
    assert ref in await muster("incident", "show", ref)
    assert "tells Slack" not in await muster("incident", "note", ref, "It was the pool")
    bot.clock.advance(minutes=29)
    await slack_is_back(bot)
    room = bot.sandbox.channel(str((await bot.incident(ref)).channel_id))
    await bot.hear(room, "The pool was raised")
    await bot.until(lambda _: room.pins)  # by which `posts` knows the card
    told = posts(bot, await bot.incident(ref))
    words = ("What now? If you can take it", "Acknowledged by", "Failing over", "One region only", "Nobody knows this")
    assert in_order([m.text for m in told], *words, "The pool was raised")
    assert all(m.text.count(STAMP) == 1 and STAMP in str(m.blocks) for m in told)
    assert not await bot.events(e.DeliveryFailed, ref)


async def test_a_command_is_answered_with_how_far_slack_is_behind(bot: Stage) -> None:
    room = await bot.declare()
    ref = (await bot.incident()).ref
    assert "slack is behind" not in shown(await bot.command("bob", "ack", room.name))
    await bot.sandbox.quiet(timeout=30)
    bot.sandbox.faults.add(Fault(method="chat.postMessage", http_status=429, retry_after=30, times=-1))
    await bot.command("bob", "update Failing over", room.name)
    bot.clock.advance(minutes=3)
    answer = shown(await bot.command("bob", "update Still failing over", room.name))
    assert "recorded as" in answer
    assert re.search(r"slack is behind: [2-4] messages of this incident wait, the oldest for 3 min", answer)
    for text in ("show", f"{ref} show"):
        assert "slack is behind: " in shown(await bot.command("bob", text, room.name))
    assert "slack is 3 min behind" in shown(await bot.command("bob", "list"))


async def test_a_button_and_a_form_say_that_slack_is_behind_and_nothing_where_it_is_not(bot: Stage) -> None:
    room = await bot.declare()
    bot.sandbox.faults.add(Fault(method="chat.postMessage", http_status=429, retry_after=30, times=-1))
    await bot.command("bob", "update Failing over", room.name)
    await bot.sandbox.quiet(timeout=30)
    assert not bot.sandbox.ephemerals("carol")
    bot.clock.advance(minutes=3)
    await bot.sandbox.click("carol", room.name, room.pins[0].ts, "ack")
    await bot.until(lambda s: any("Slack is behind" in f"{m.text}{m.blocks}" for m in s.ephemerals("carol")))
    await bot.command("bob", "update", room.name)
    reply = await bot.sandbox.submit("bob", {"text": "Better"})
    assert "Slack is behind" in str(reply.body)
