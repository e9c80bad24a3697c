"""Action items and the review are filed elsewhere from Slack: once, and up to date."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from bot.application import outbox
from bot.domain import events as e
from tests.scenario.stage import Stage, said, shown, stage
from tests.scenario.test_lateness import slack_is_back
from tests.support.trackers.confluence import ConfluenceStandIn
from tests.support.trackers.github import GitHubStandIn
from tests.support.web import answering


@pytest.fixture
async def exporting(database: str) -> AsyncIterator[tuple[Stage, GitHubStandIn, ConfluenceStandIn]]:
    """A bot that may file in a repository of GitHub's and in a space of Confluence's."""
    github, confluence = GitHubStandIn(), ConfluenceStandIn()
    async with AsyncExitStack() as stack:
        for one in (github, confluence):
            one.url = await stack.enter_async_context(answering(one.handle))
        settings = github.settings() | confluence.settings()
        yield await stack.enter_async_context(stage(database, settings=settings)), github, confluence


async def test_items_are_issues_once_and_the_review_is_a_page_that_follows_it(
    exporting: tuple[Stage, GitHubStandIn, ConfluenceStandIn],
) -> None:
    bot, github, confluence = exporting
    room = await bot.declare()
    for text in ("Watch the pool @bob !high #detect", "Ask <!channel> why fixes #1"):
        await bot.command("alice", f"task {text}", room.name)
    github.lose = 1
    answer = shown(await bot.command("alice", "task file all github", room.name))
    assert "action items 1, 2" in answer
    assert "in the incident's thread" in answer
    async with asyncio.timeout(30):
        while not any("connection broke" in row.reason for row in await outbox.look(bot.core.muster)):
            pass
    assert len(github.issues) == 1  # and its answer was lost
    await slack_is_back(bot)
    async with asyncio.timeout(30):
        while len(filed := await bot.events(e.ActionItemFiled)) < 2:
            pass
    assert sorted(one.number for one in filed) == [1, 2]
    assert sorted(one["title"] for one in github.issues)[1:] == ["Watch the pool"]
    assert len(github.issues) == 2
    link = (await bot.incident()).action_items[0].tracked["github"]
    assert link in f"{(await bot.hear(room, link)).blocks}"
    assert "is in github already" in shown(await bot.command("bob", "task file 1 github", room.name))
    assert "no open action item" in shown(await bot.command("bob", "task file all github", room.name))

    await bot.command("bob", "task done 1 It rang in the drill", room.name)
    number = int(link.rpartition("/")[2])
    async with asyncio.timeout(30):
        while github.issues[number - 1]["state"] != "closed":
            await bot.incident()
    assert "It rang in the drill" in github.comments[number][0]["body"]

    assert "no review yet" in shown(await bot.command("bob", "review export confluence", room.name))
    await bot.command("bob", "resolve It answers again", room.name)
    await bot.until(lambda s: said(s, room, "The review of INC-"))
    assert "on the review's card" in shown(await bot.command("bob", "review export confluence", room.name))
    async with asyncio.timeout(30):
        while not (found := await bot.events(e.ReviewFiled)):
            pass
    first = found[0]
    page = confluence.pages["1000"]
    assert page["title"].startswith((await bot.incident()).ref)
    await bot.until(lambda s: ((m := said(s, room, "Also in")) and first.url in f"{m.blocks}") or None)

    await bot.command("bob", "review edit what we learned", room.name)
    assert bot.sandbox.view("bob") is not None
    await bot.sandbox.submit("bob", {"answer-0": "Watch every pool"})
    await bot.recorded(e.ReviewEdited)
    await bot.command("bob", "review export confluence", room.name)
    async with asyncio.timeout(30):
        while len(found := await bot.events(e.ReviewFiled)) < 2:
            pass
    again = found[1]
    assert (again.url, page["version"]["number"], len(confluence.pages)) == (first.url, 2, 1)
    assert "Watch every pool" in page["storage"]


async def test_what_is_private_or_not_set_up_goes_nowhere_and_says_why(
    exporting: tuple[Stage, GitHubStandIn, ConfluenceStandIn],
) -> None:
    bot, github, confluence = exporting
    room = await bot.declare("P2 Somebody reads our mail --private")
    await bot.command("alice", "task Talk to them", room.name)
    ref = (await bot.incident()).ref
    for typed, told in (
        ("task file all github", "is private"),
        ("review export confluence", "is private"),
        ("task file 1 jira", "muster_jira_token"),
        ("task file 1 trello", "there is no system"),
        ("review export github", "there is no system"),
        ("review export", "where it goes"),
    ):
        assert told in shown(await bot.command("alice", typed, room.name)), typed
    assert "there is no incident" in shown(await bot.command("erin", f"{ref} task file 1 github"))
    await bot.sandbox.quiet(timeout=30)
    assert (github.asked, confluence.asked) == ([], [])
