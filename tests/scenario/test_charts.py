"""A chart through the whole bot: log files are counted, and the picture stands in the thread and says what it shows."""

import os
import struct
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.domain.rules import TargetRule
from bot.policy.targets import SECTIONS
from tests.scenario.stage import stage

TIMEOUTS = {"name": "timeouts", "title": "Timeouts", "match": "timeout", "warn": 10, "critical": 100}


def app_log(path: Path) -> Path:
    """A log of half an hour: three timeouts a minute, and in the last twelve forty."""
    now = datetime.now(UTC).replace(microsecond=0)
    lines = [
        f"{(now - timedelta(minutes=minute, seconds=number)).isoformat()} ERROR order {number} ran into a timeout"
        for minute in range(30)
        for number in range(40 if minute < 12 else 3)
    ]
    path.write_text("\n".join(sorted(lines)) + "\n")
    os.utime(path)
    return path


def counting(path: Path) -> TargetRule:
    """A target of the pack whose lines are counted."""
    section = SECTIONS["log_files"].model_validate(
        {"kind": "log_files", "name": "app-log", "paths": [str(path)], "patterns": [TIMEOUTS]}
    )
    return TargetRule(name="app-log", kind="log_files", options=section)


async def test_a_chart_of_what_is_red_stands_in_the_thread_of_its_card_and_says_what_it_shows(
    database: str, tmp_path: Path
) -> None:
    target = counting(app_log(tmp_path / "app.log"))
    async with stage(database, rules=lambda p: replace(p, targets=(*p.targets, target))) as bot:
        room = await bot.declare("P1 Orders run into timeouts")
        await bot.command("bob", "diag app-log", room.name)
        card = await bot.hear(room, "Diagnostics of app-log: CRITICAL")
        message = await bot.until(lambda _: next((one for one in room.messages if one.files), None))
    [file] = message.files
    assert message.thread_ts == card.ts
    assert file.title == "Timeouts"
    assert file.alt_txt.startswith("Lines a minute over 30m, 4")
    assert file.content is not None
    assert struct.unpack(">4sII", file.content[12:24]) == (b"IHDR", 1200, 500)
