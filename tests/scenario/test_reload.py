"""A pack that is changed on the disk while `muster serve` runs: SIGHUP, with what is right and with what is not."""

import asyncio
import json
import os
import re
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.paths import RUNBOOKS
from bot.sandbox import Sandbox
from tests.scenario.stage import Clock
from tests.support.serving import PATIENCE_S, Serving, ready, serving


@dataclass
class Installation:
    """A pack on the disk, a sandbox Slack, and the settings of the processes that serve it."""

    policy: Path
    sandbox: Sandbox
    settings: dict[str, str]

    def write(self, *changes: tuple[str, str]) -> None:
        """Changes the pack: the default one's text, with other words in it."""
        text = (RUNBOOKS / "default" / "policy.yaml").read_text()
        for before, after in changes:
            assert before in text
            text = text.replace(before, after, 1)
        self.policy.write_text(text)

    async def declare(self, one: Serving, text: str) -> str:
        """Somebody declares; returns the answer."""
        self.sandbox.deliver_to(f"{one.url}/slack/events")
        reply = await self.sandbox.command("alice", f"declare {text}", "general")
        await self.sandbox.quiet(timeout=20)
        return f"{reply.text}{reply.blocks}"


@pytest.fixture
async def installation(database: str, tmp_path: Path) -> AsyncIterator[Installation]:
    shutil.copytree(RUNBOOKS / "default", tmp_path / "ours")
    sandbox = Sandbox(now=Clock())
    await sandbox.start()
    settings = {
        "SLACK_BOT_TOKEN": sandbox.bot_token,
        "SLACK_SIGNING_SECRET": sandbox.signing_secret,
        "SLACK_API_URL": sandbox.api_url,
        "DATABASE_URL": database,
        "MUSTER_PACK": str(tmp_path / "ours"),
    }
    yield Installation(tmp_path / "ours" / "policy.yaml", sandbox, settings)
    await sandbox.stop()


GOOD = ("aliases: [SEV4, low]", "aliases: [SEV4, low, trifling]")
IN_FORCE, STAYS = "was read again and is in force", "the old one stays"


async def test_a_good_change_is_in_force_and_a_broken_one_leaves_the_old_pack_running(
    installation: Installation,
) -> None:
    async with serving(installation.settings) as one:
        await ready(one)
        assert "P4" not in await installation.declare(one, "trifling The logo is askew")

        installation.write(GOOD)
        await one.reload(IN_FORCE)
        assert "P4" in await installation.declare(one, "trifling The logo is askew")

        installation.write(GOOD, ("default_severity: P3", "default_severity: P9"), ("contacts:", "contcts:"))
        said = await one.reload("Did you mean")
        assert any(STAYS in line for line in said)
        faults = [line for line in said if re.search(r"ours/policy\.yaml:\d+: ", line)]
        assert any("There is no key “contcts” here. Did you mean `contacts`?" in line for line in faults)
        assert "P4" in await installation.declare(one, "trifling The logo is still askew")
        status, body = await one.get("/readyz")
        assert status == 200
        assert re.match(r"the pack on disk has .*fault.* since .* UTC: .*policy\.yaml:\d+: ", json.loads(body)["pack"])
        assert f"muster_pack_faults {len(faults)}.0" in (await one.get("/metrics"))[1]

        installation.write(GOOD)
        await one.reload(IN_FORCE)
        assert json.loads((await one.get("/readyz"))[1])["pack"] == "ok"
        assert "muster_pack_faults 0.0" in (await one.get("/metrics"))[1]


async def test_each_process_reads_the_pack_at_its_own_signal(installation: Installation) -> None:
    async with serving(installation.settings) as first, serving(installation.settings) as second:
        await ready(first)
        await ready(second)
        installation.write(GOOD)
        await first.reload(IN_FORCE)
        assert "P4" in await installation.declare(first, "trifling The logo is askew")
        assert "P4" not in await installation.declare(second, "trifling The logo is askew")
        await second.reload(IN_FORCE)
        assert "P4" in await installation.declare(second, "trifling The logo is askew")


async def test_a_pack_that_is_not_right_stops_the_start_with_the_line_and_what_to_write(
    installation: Installation,
) -> None:
    installation.write(("acknowledge_within: 1d", "acknowledge_within: 1 week"), ("commander: ", "comander: "))
    async with serving(installation.settings) as one:
        assert await one.process.wait() == 2
        said = [await one.says(words) for words in ("“comander”", "acknowledge_within")]
    for line in said:
        assert re.match(r".*/ours/policy\.yaml:\d+: ", line)
    assert "Did you mean" in said[0]
    assert "write a number and a unit" in said[1]


async def test_a_terminal_that_is_closed_ends_it_as_ever(installation: Installation) -> None:
    outside, inside = os.openpty()
    async with serving(installation.settings, terminal=os.ttyname(inside)) as one:
        await ready(one)
        os.close(inside)
        await one.reload(IN_FORCE)  # the terminal is there: somebody has sent it
        os.close(outside)
        async with asyncio.timeout(PATIENCE_S):
            assert await one.process.wait() == 0
