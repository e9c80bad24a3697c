"""The whole bot's log: of whom and of what, and nothing of what people said."""

from collections.abc import AsyncIterator, Iterator

import pytest

from bot.domain import events as e
from bot.sandbox.records import Fault
from tests.scenario.stage import Stage, stage
from tests.support.logs import Written, logged

SECRET = "Somebody was harassed"


@pytest.fixture
def log() -> Iterator[Written]:
    with logged(level="DEBUG") as written:
        yield written


@pytest.fixture(params=["http", "socket"])
async def logging_bot(log: Written, database: str, request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    """The bot in either mode, once its log is being kept."""
    async with stage(database, socket=request.param == "socket") as made:
        yield made


async def test_a_private_incident_with_all_that_can_go_wrong_leaves_no_word_and_no_token_in_the_log(
    logging_bot: Stage, log: Written
) -> None:
    bot = logging_bot
    room = await bot.declare(f"P2 {SECRET} --private")
    ref, sandbox = (await bot.incident()).ref, bot.sandbox
    alert = await bot.hear(room, SECRET)
    for fault in ({"http_status": 429, "retry_after": 0}, {"http_status": 500}, {"lose_answer": True}):
        sandbox.faults.add(Fault(method="chat.postMessage", **fault))
    sandbox.faults.add(Fault(method="conversations.setTopic", error="restricted_action"))
    for text in (
        *(f"update {SECRET}", f"note {SECRET}", f"status identified {SECRET}", f"escalate {SECRET} @bob --now"),
        *(f"task {SECRET}", f"severity P9 {SECRET}", f"{SECRET}", f"role {SECRET}", "update", f"diag {SECRET}"),
    ):
        await bot.command("alice", text, room.name)
    await sandbox.submit("alice", {"text": SECRET})
    ts = await sandbox.say("alice", room.name, SECRET, thread_ts=alert.ts)
    await sandbox.react("alice", room.name, ts, "pushpin")
    await sandbox.edit("alice", room.name, ts, f"{SECRET} again")
    await sandbox.click("alice", room.name, room.pins[0].ts, "ack")
    await bot.command("alice", f"resolve {SECRET}", room.name)
    await bot.recorded(e.MessageEdited)
    await sandbox.quiet(timeout=20, for_seconds=0.5)
    assert "harassed" not in log.text.casefold()
    for secret in (sandbox.bot_token, sandbox.app_token, sandbox.signing_secret, "ticket="):
        assert secret not in log.text
    [captured] = [one for one in log.records if "MessageCaptured" in one["message"]]
    assert captured["incident"] == ref
    assert captured["event"].startswith("Ev")
    refused = [one for one in log.about(incident=ref) if "restricted_action" in one["message"]]
    assert refused, log.text
    assert all("\n" not in one["message"] for one in log.records)
