"""Filing action items and reviews from a terminal: the bot does it once, and the links are shown."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bot.application.filing import NothingToFile, NotSetUp, StaysHere, UnknownSystem
from bot.application.review import write_review
from bot.cli.doctor.exports import look
from bot.cli.doctor.finding import Finding
from bot.cli.exporting import export
from bot.domain import commands as c
from bot.domain.errors import NoReview, UnknownTask
from bot.jobs.carry import Carrier
from bot.jobs.delivery import Delivery
from bot.notices.trackers.exporting import Exporter
from bot.settings import read_settings
from tests.integration.post import Post
from tests.support.trackers.base import TOKEN, said, served
from tests.support.trackers.confluence import ConfluenceStandIn
from tests.support.trackers.github import GitHubStandIn


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database: str) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setenv("COLUMNS", "300")


@pytest.fixture
async def github(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[GitHubStandIn]:
    """One that the settings lead to."""
    stand_in = GitHubStandIn()
    async with served(stand_in):
        for name, value in stand_in.settings().items():
            monkeypatch.setenv(name.upper(), value)
        yield stand_in


async def _with_items(post: Post, *texts: str, private: bool = False) -> str:
    done = await post.declare(private=private)
    for text in texts:
        await post.muster.execute(c.AddActionItem(by=post.alice, text=text), incident_id=done.incident_id)
    return done.incident.ref


@asynccontextmanager
async def _at_work(post: Post) -> AsyncIterator[None]:
    """The bot delivers what is asked for, for as long as the block runs."""
    exporter = Exporter(read_settings())
    desk = replace(post.desk, file_ticket=exporter.file_ticket, file_paper=exporter.file_paper)

    async def at_once() -> None: ...

    post.delivery = Delivery(desk, Carrier(desk, post.surfaces), at_once, lambda _kind, _outcome: None)

    async def work() -> None:
        while True:
            await post.everything()
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as group:
        working = group.create_task(work())
        yield
        working.cancel()
    await exporter.close()


async def test_open_items_are_filed_once_and_the_links_are_printed(
    post: Post, github: GitHubStandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    ref = await _with_items(post, "Alert on the pool", "Ask the vendor", "Done already")
    await post.muster.execute(c.FinishActionItem(by=post.alice, number=3), ref=ref)
    async with _at_work(post):
        assert await export(ref, items="GitHub", numbers=[], review=None, wait=30) == 0
        printed = capsys.readouterr().out
        assert [issue["title"] for issue in github.issues] == ["Alert on the pool", "Ask the vendor"]
        assert all(issue["html_url"] in printed for issue in github.issues)
        assert await export(ref, items="github", numbers=[1], review=None, wait=30) == 0
        assert github.issues[0]["html_url"] in capsys.readouterr().out
        with pytest.raises(NothingToFile):
            await export(ref, items="github", numbers=[], review=None, wait=0)
    assert len(github.issues) == 2
    assert await export(ref, items=None, numbers=[], review=None, wait=0) == 0
    listed = capsys.readouterr().out
    assert f"item 2\tgithub\t{github.issues[1]['html_url']}" in listed
    assert "Set up: github." in listed


async def test_what_is_refused_is_said_with_what_helps_and_what_waits_is_on_its_way(
    post: Post, github: GitHubStandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    ref = await _with_items(post, "Alert on the pool")
    assert await export(ref, items="github", numbers=[], review=None, wait=0) == 0
    assert "1 on the way. No bot is running" in capsys.readouterr().out
    github.instead.extend(said(401, {"message": "Bad credentials"}) for _ in range(9))
    async with _at_work(post):
        assert await export(ref, items="github", numbers=[], review=None, wait=30) == 1
    captured = capsys.readouterr()
    assert "refused" in captured.err
    assert TOKEN not in f"{captured}"


async def test_a_review_is_filed_in_the_wiki(
    post: Post, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    done = await post.declare()
    stand_in = ConfluenceStandIn()
    async with served(stand_in):
        for name, value in stand_in.settings().items():
            monkeypatch.setenv(name.upper(), value)
        with pytest.raises(NoReview):
            await export(done.incident.ref, items=None, numbers=[], review="confluence", wait=0)
        await write_review(post.muster, done.incident_id, {})
        async with _at_work(post):
            assert await export(done.incident.ref, items=None, numbers=[], review="confluence", wait=30) == 0
        url = (await post.row(done.incident_id)).review.filed["confluence"]
    assert f"review in confluence: {url}" in capsys.readouterr().out


async def test_nothing_is_asked_for_where_it_cannot_be_done(post: Post, github: GitHubStandIn) -> None:
    ref, secret = await _with_items(post, "One"), await _with_items(post, "Two", private=True)
    with pytest.raises(NotSetUp) as missing:
        await export(ref, items="jira", numbers=[], review=None, wait=0)
    assert missing.value.hint == "Set MUSTER_JIRA_TOKEN and what goes with it: docs/exports.md says how."
    with pytest.raises(UnknownSystem):
        await export(ref, items="confluence", numbers=[], review=None, wait=0)
    with pytest.raises(UnknownTask):
        await export(ref, items="github", numbers=[9], review=None, wait=0)
    with pytest.raises(StaysHere):
        await export(secret, items="github", numbers=[], review=None, wait=0)
    with pytest.raises(NotSetUp):
        await export(ref, items="github", numbers=[], review="confluence", wait=0)
    await post.everything()
    assert not github.asked


async def _seen() -> dict[str, Finding]:
    return {finding.about: finding async for finding in look(read_settings())}


async def test_the_doctor_looks_at_what_is_set_up_and_writes_nothing(github: GitHubStandIn) -> None:
    well = (await _seen())["Export to GitHub"]
    assert not well.fault
    assert "can be read" in well.what
    github.instead.append(said(401, {"message": "Bad credentials"}))
    ill = (await _seen())["Export to GitHub"]
    assert ill.fault
    assert "401" in ill.what
    assert ill.costs
    assert ill.mend
    assert TOKEN not in f"{ill}"
    assert not github.changes()


async def test_the_doctor_says_nothing_of_what_nobody_set_up() -> None:
    assert not await _seen()
