"""Leaving a private incident is for good, whatever Slack tells of what somebody wrote there."""

from typing import Any

from bot.domain import events as e
from tests.scenario.stage import Stage

SECRET = "Somebody was harassed"


async def test_a_preview_of_what_somebody_once_edited_does_not_bring_them_back(bot: Stage) -> None:
    room = await bot.declare(f"P2 {SECRET} --private")
    sandbox, dave = bot.sandbox, bot.sandbox.people["dave"].id
    alert = await bot.hear(room, SECRET)
    ts = await sandbox.say("dave", room.name, "See example.com", thread_ts=alert.ts)
    await sandbox.edit("dave", room.name, ts, "See https://example.com")
    await bot.recorded(e.MessageEdited)
    edited_at = room.message(ts).edited_at  # type: ignore[union-attr]
    bot.clock.advance(minutes=1)
    await sandbox.leave("dave", room.name)
    await sandbox.quiet()
    assert dave not in (await bot.incident()).participants

    bot.clock.advance(minutes=1)
    said: dict[str, Any] = {"type": "message", "user": dave, "text": "See https://example.com", "ts": ts}
    said |= {"thread_ts": alert.ts, "edited": {"user": dave, "ts": edited_at}}
    told: dict[str, Any] = {"type": "message", "channel": room.id, "hidden": True, "previous_message": said}
    told["event_ts"] = f"{bot.clock().timestamp():.6f}"
    sandbox.workspace.emit(told | {"subtype": "message_changed", "message": said | {"attachments": [{"id": 1}]}})
    await sandbox.tell_bot()
    await sandbox.quiet(timeout=30)
    assert dave not in (await bot.incident()).participants
