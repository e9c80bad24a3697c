"""What is particular to one tracker, and to the settings that lead to it."""

from collections import deque
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from bot.application.exports import Remark, Ticket
from bot.application.ports import Refused
from bot.notices.trackers.config import ExportSettings
from bot.notices.trackers.issues import PER_PAGE
from bot.notices.trackers.systems import trackers
from tests.support.trackers.base import Installed, served
from tests.support.trackers.github import GitHubStandIn
from tests.support.trackers.gitlab import GitLabStandIn
from tests.support.trackers.jira import JiraStandIn

MARKER = "muster:INC-2026-02-11-001:3"
DONE = Remark(body_markdown="Done.", marker=f"{MARKER}:done")
NEEDED: dict[str, Any] = {
    "muster_jira_token": "t",
    "muster_jira_url": "https://a.atlassian.net",
    "muster_jira_project": "OPS",
}


def ticket(**more: Any) -> Ticket:
    return Ticket(**{"title": "Alert on pool use", "body_markdown": "Why", "marker": MARKER, **more})


async def test_github_dropping_the_label_is_a_note_since_nothing_could_be_found_again() -> None:
    server = GitHubStandIn(labels_dropped=True)
    async with served(server) as (settings, connections):
        filed = await trackers(settings, connections)["github"].file(ticket())
    assert "role Triage" in filed.note


async def test_github_is_told_what_was_dropped_and_leaves_closed_what_is_closed() -> None:
    server = GitHubStandIn()
    async with served(server) as (settings, connections):
        tracker = trackers(settings, connections)["github"]
        filed = await tracker.file(ticket())
        await tracker.close(filed.key, DONE, dropped=True)
    assert server.issues[0]["state_reason"] == "not_planned"


@pytest.mark.parametrize("make", [GitHubStandIn, GitLabStandIn])
async def test_a_marker_in_somebody_elses_words_is_not_ours(make: type[GitHubStandIn | GitLabStandIn]) -> None:
    server = make()
    words = f"see <!-- {MARKER} --> and {MARKER}"
    server.add(title="x", body=words, description=words, labels=["muster"])
    server.add(title="x", body=f"<!-- {MARKER}3 -->", description=f"<!-- {MARKER}3 -->", labels=["muster"])
    server.add(title="x", body=f"<!-- {MARKER} -->", description=f"<!-- {MARKER} -->", labels=["bug"])
    async with served(server) as (settings, connections):
        [tracker] = trackers(settings, connections).values()
        assert (await tracker.file(ticket())).key == "4"
        code = f"```\n<!-- {MARKER}:4 -->\n/close\n```"
        await tracker.file(ticket(body_markdown=code, marker=f"{MARKER}:5"))
        assert (await tracker.file(ticket(marker=f"{MARKER}:4"))).key == "6"


@pytest.mark.parametrize("make", [GitHubStandIn, GitLabStandIn])
async def test_a_marker_beyond_the_first_page_is_found(make: type[GitHubStandIn | GitLabStandIn]) -> None:
    server = make()
    async with served(server) as (settings, connections):
        [tracker] = trackers(settings, connections).values()
        filed = await tracker.file(ticket())
        for number in range(PER_PAGE + 3):
            server.add(title=f"x{number}", body="x", description="x", labels=["muster"])
        assert (await tracker.file(ticket())).key == filed.key


async def test_jira_goes_without_a_field_that_its_screen_does_not_have_and_says_so() -> None:
    server = JiraStandIn(screen=frozenset({"labels"}))
    async with served(server, muster_jira_priorities="high:Highest") as (installed, connections):
        filed = await trackers(installed, connections)["jira"].file(ticket(due=date(2026, 2, 20), priority="high"))
    assert filed.note == "Jira's screen does not have duedate and priority"
    assert len(server.issues) == 1


async def test_jira_without_labels_on_its_screen_is_refused_since_nothing_could_be_found_again() -> None:
    server = JiraStandIn(screen=frozenset({"duedate"}))
    async with served(server) as (settings, connections):
        with pytest.raises(Refused, match="labels: Field 'labels' cannot be set") as refused:
            await trackers(settings, connections)["jira"].file(ticket())
    assert "Labels" in refused.value.remedy
    assert server.issues == []


async def test_jiras_workflow_without_an_end_is_closed_by_hand() -> None:
    server = JiraStandIn(ends=deque(["3"]))
    async with served(server) as (settings, connections):
        tracker = trackers(settings, connections)["jira"]
        filed = await tracker.file(ticket())
        with pytest.raises(Refused, match="leads to no end") as refused:
            await tracker.close(filed.key, DONE)
    assert "by hand" in refused.value.remedy


async def test_jiras_doctor_names_the_types_that_there_are() -> None:
    async with served(JiraStandIn(), muster_jira_type="Story") as (settings, connections):
        with pytest.raises(Refused, match="no issues of type Story") as refused:
            await trackers(settings, connections)["jira"].try_out()
    assert "Task, Bug" in refused.value.remedy


async def test_only_a_priority_that_jira_was_given_a_name_for_is_sent() -> None:
    server = JiraStandIn()
    async with served(server) as (settings, connections):
        await trackers(settings, connections)["jira"].file(ticket(priority="high"))
    assert "priority" not in server.issues[0]["fields"]


def test_what_is_exported_to_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSTER_GITHUB_TOKEN", "ghp_s3cret")
    monkeypatch.setenv("MUSTER_GITHUB_REPO", "example/checkout")
    settings = Installed()
    assert settings.exports_to == ("github",)
    assert settings.muster_github_url == "https://api.github.com"
    assert "ghp_s3cret" not in repr(settings)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"muster_github_token": "t"}, "MUSTER_GITHUB_REPO is missing"),
        ({"muster_gitlab_token": "t"}, "MUSTER_GITLAB_PROJECT is missing"),
        ({"muster_jira_token": "t", "muster_jira_project": "OPS"}, "MUSTER_JIRA_URL is missing"),
        ({"muster_confluence_token": "t"}, "MUSTER_CONFLUENCE_URL is missing"),
        ({"muster_github_repo": "checkout"}, "owner/name"),
        ({"muster_github_repo": "../checkout"}, "owner/name"),
        ({"muster_github_repo": "a/b?c"}, "owner/name"),
        ({"muster_gitlab_project": "group/../x"}, "number or path"),
        ({"muster_jira_project": 'O" OR 1=1'}, "project's key"),
        ({"muster_confluence_space": "a/b"}, "space's key"),
        ({"muster_confluence_parent": "x"}, "page's number"),
        ({"muster_jira_user": "bob:x"}, "e-mail address"),
        ({"muster_jira_priorities": "high"}, "pairs"),
        ({"muster_github_token": "two words"}, "on one line"),
        ({"muster_github_token": "a\nb"}, "on one line"),
        ({"muster_github_url": "http://github.example.com"}, "https://, for a token is sent there"),
        ({"muster_github_url": "https://u:p@github.example.com"}, "an address alone"),
        ({"muster_github_url": "https://github.example.com/?a=b"}, "an address alone"),
        ({"muster_github_url": "ftp://github.example.com"}, "web address"),
        ({"muster_github_url": "https://git hub"}, "web address"),
    ],
)
def test_a_setting_that_cannot_be_right_is_named(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        ExportSettings(**given)


@pytest.mark.parametrize(
    "url", ["http://localhost:8080/", "http://127.0.0.1:1", "http://[::1]:3", "https://a.example/x/"]
)
def test_a_token_travels_unencrypted_on_this_machine_only(url: str) -> None:
    assert ExportSettings(**NEEDED, muster_gitlab_url=url).muster_gitlab_url == url.rstrip("/")


def test_a_token_that_cannot_be_right_is_not_shown() -> None:
    for settings in (ExportSettings, Installed):
        with pytest.raises(ValidationError) as wrong:
            settings(muster_github_token="s3cret t0ken", muster_github_url="https://u:s3cret@github.example.com")
        assert "s3cret" not in str(wrong.value)


def test_every_setting_is_in_the_documentation() -> None:
    page = (Path(__file__).parents[2] / "docs" / "exports.md").read_text(encoding="utf-8")
    assert [name for name in ExportSettings.model_fields if f"`{name.upper()}`" not in page] == []
