"""Action items are filed in GitHub, GitLab and Jira once each, by strict stand-ins for their APIs."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from aiohttp import web

from bot.application.exports import Remark, Ticket
from bot.application.ports import RATE_LIMITED, Refused, TryAgain, Unclear
from bot.notices.trackers.calls import SETTLED
from bot.notices.trackers.issues import MOST_LISTED, Tracker
from bot.notices.trackers.systems import confluence, trackers
from tests.support.trackers import reading
from tests.support.trackers.adf import texts
from tests.support.trackers.base import TOKEN, USER, Installed, StandIn, served
from tests.support.trackers.github import GitHubStandIn
from tests.support.trackers.gitlab import GitLabStandIn
from tests.support.trackers.jira import JiraStandIn

MARKER = "muster:INC-2026-02-11-001:3"
HOSTILE = "@everyone fixes #1, closes org/repo#2\n\n/close\n\n/label ~bug\n\n<script>x</script> [a](javascript:x)"
TICKET = Ticket(
    title="Alert on pool use, @org/team (fixes #1)",
    body_markdown=HOSTILE,
    marker=MARKER,
    labels=("prevent", "P1, urgent", "muster"),
    due=date(2026, 2, 20),
    priority="High",
)
DONE = Remark(
    body_markdown="Done: see [the graph](https://graphs.example.com/d/1). @everyone\n\n/close", marker=f"{MARKER}:done"
)


@dataclass(frozen=True)
class System:
    """A tracker, and what its settings are called. `refuses` is how it says that something is wrong."""

    name: str
    make: Callable[[], Any]
    refuses: int


def _data_center() -> JiraStandIn:
    return JiraStandIn(cloud=False)


GITHUB = System("github", GitHubStandIn, 422)
GITLAB = System("gitlab", GitLabStandIn, 400)
JIRA = System("jira", JiraStandIn, 400)
DATA_CENTER = System("jira", _data_center, 400)
ALL = [
    pytest.param(GITHUB, id="github"),
    pytest.param(GITLAB, id="gitlab"),
    pytest.param(JIRA, id="jira"),
    pytest.param(DATA_CENTER, id="jira-data-center"),
]
pytestmark = pytest.mark.parametrize("system", ALL)


@asynccontextmanager
async def reached(system: System, stand_in: StandIn, **more: Any) -> AsyncIterator[Tracker]:
    async with served(stand_in, **more) as (settings, connections):
        assert settings.exports_to == (system.name,)
        assert confluence(settings, connections) is None
        yield trackers(settings, connections)[system.name]


async def test_an_action_item_is_filed_once_however_often_it_is_asked_for(system: System) -> None:
    server = system.make()
    async with reached(system, server) as tracker:
        filed = await tracker.file(TICKET)
        again = await tracker.file(TICKET)
        other = await tracker.file(Ticket(title="", body_markdown="", marker="muster:INC-2026-02-11-001:33"))
    assert (filed.key, filed.url, filed.note) == (again.key, again.url, again.note)
    assert other.key != filed.key
    assert filed.note == ""
    assert filed.url.endswith(("/1", "/OPS-1"))
    assert len(server.issues) == 2
    assert len(server.changes()) == 2


async def test_a_lost_answer_is_unclear_and_files_nothing_twice(system: System) -> None:
    server = system.make()
    server.lose = 1
    async with reached(system, server) as tracker:
        with pytest.raises(Unclear) as unclear:
            await tracker.file(TICKET)
        filed = await tracker.file(TICKET)
    assert unclear.value.wait == SETTLED
    assert len(server.issues) == 1
    assert filed.key in ("1", "OPS-1")


async def test_it_is_closed_with_what_shows_it_and_that_is_said_once(system: System) -> None:
    server = system.make()
    async with reached(system, server) as tracker:
        filed = await tracker.file(TICKET)
        server.lose = 1
        with pytest.raises(Unclear):
            await tracker.close(filed.key, DONE)
        assert (await tracker.close(filed.key, DONE)).endswith(f"{filed.key} closed")
        assert (await tracker.close(filed.key, DONE)).endswith("is closed already")
        await tracker.annotate(filed.key, Remark(body_markdown="More.", marker=f"{MARKER}:more"))
    told = next(iter((server.notes if system is GITLAB else server.comments).values()))
    assert len(told) == 2
    if isinstance(server, GitHubStandIn):
        assert server.issues[0]["state_reason"] == "completed"
        assert reading.acts(told[0]["body"]) == []
    if isinstance(server, GitLabStandIn):
        assert server.actions == []
        assert server.issues[0]["state"] == "closed"


async def test_what_was_filed_is_plain_in_the_trackers_own_form(system: System) -> None:
    server = system.make()
    async with reached(system, server, muster_jira_priorities="high:Highest, low:Lowest") as tracker:
        await tracker.file(TICKET)
    issue = server.issues[0]
    if isinstance(server, JiraStandIn):
        fields = issue["fields"]
        assert (fields["duedate"], fields["priority"]) == ("2026-02-20", {"name": "Highest"})
        assert fields["labels"] == ["muster", "prevent", "P1,-urgent", MARKER]
        said = fields["description"] if isinstance(fields["description"], str) else texts(fields["description"])
        assert "@everyone fixes #1, closes org/repo#2" in said  # as text, which does nothing there
        return
    body = issue.get("body") or issue["description"]
    assert "@org" not in issue["title"]
    assert "#1" not in issue["title"]
    assert reading.acts(body) == []
    assert body.splitlines()[-1] == f"<!-- {MARKER} -->"
    if isinstance(server, GitHubStandIn):
        assert "**Due:** 2026-02-20" in body
        assert [label["name"] for label in issue["labels"]] == ["muster", "prevent", "P1-urgent"]
    else:
        assert issue["due_date"] == "2026-02-20"
        assert issue["labels"] == ["muster", "prevent", "P1-urgent"]
        assert server.actions == []


async def test_titles_and_texts_are_cut_to_what_it_takes(system: System) -> None:
    server = system.make()
    async with reached(system, server) as tracker:
        await tracker.file(
            Ticket(title="é@a " * 300, body_markdown="wörds\n\n" * 60_000, marker=MARKER, labels=("x" * 400,) * 50)
        )
    assert len(server.issues) == 1


async def test_the_doctor_can_ask_whether_all_is_set_up(system: System) -> None:
    server = system.make()
    async with reached(system, server) as tracker:
        assert (await tracker.try_out()).endswith("can be read")
    assert server.changes() == []


STATUSES = [
    pytest.param(401, Refused, "anew", id="401"),
    pytest.param(403, Refused, "be a token that may", id="403"),
    pytest.param(404, Refused, "may see it", id="404"),
    pytest.param(410, Refused, "switch them on", id="410"),
    pytest.param(302, Refused, "Redirects are not followed", id="302"),
    pytest.param(418, Refused, "Look at what", id="418"),
    pytest.param(408, TryAgain, "", id="408"),
    pytest.param(500, TryAgain, "", id="500"),
]


@pytest.mark.parametrize(("status", "failure", "remedy"), STATUSES)
async def test_what_it_says_instead_has_a_sentence_that_says_what_to_do(
    system: System, status: int, failure: type[Exception], remedy: str
) -> None:
    server = system.make()
    shown = f"no {TOKEN}, {USER}:{TOKEN}"
    server.instead.append(web.Response(status=status, text=shown, headers={"Location": "https://elsewhere.example/"}))
    async with reached(system, server) as tracker:
        with pytest.raises(failure) as raised:
            await tracker.file(TICKET)
    assert remedy in getattr(raised.value, "remedy", "")
    assert f"http_{status}" in str(raised.value)
    assert TOKEN not in f"{raised.value!r}{vars(raised.value)}"
    assert len(server.asked) == 1


async def test_a_write_that_it_refuses_is_refused_with_its_words(system: System) -> None:
    server = system.make()
    async with reached(system, server, muster_jira_type="Story") as tracker:
        if not isinstance(server, JiraStandIn):
            server.instead.extend(
                [web.json_response([]), web.json_response({"message": "too odd"}, status=system.refuses)]
            )
        with pytest.raises(Refused, match=r"too odd|Specify a valid issue type") as refused:
            await tracker.file(TICKET)
    assert f"MUSTER_{system.name.upper()}_" in refused.value.remedy


async def test_a_server_in_trouble_while_it_writes_may_have_written(system: System) -> None:
    for status in (500, 502, 504):
        server = system.make()
        nothing = web.json_response({"issues": []} if isinstance(server, JiraStandIn) else [])
        server.instead.extend([nothing, web.Response(status=status, text="<html>Bad gateway")])
        async with reached(system, server) as tracker:
            with pytest.raises(Unclear, match=f"http_{status}"):
                await tracker.file(TICKET)


@pytest.mark.parametrize("body", [b"<html>Log in</html>", b"", b'"yes"', b'{"number": "x"}', b"\xff\xfe", b"[" * 5000])
async def test_an_answer_that_makes_no_sense_is_no_list_and_a_write_that_is_unclear(
    system: System, body: bytes
) -> None:
    server = system.make()
    nothing = web.json_response({"issues": []} if isinstance(server, JiraStandIn) else [])
    async with reached(system, server) as tracker:
        server.instead.append(web.Response(body=body))
        with pytest.raises(Refused, match="not the API of") as refused:
            await tracker.file(TICKET)
        assert "page for people" in refused.value.remedy
        server.instead.extend([nothing, web.Response(status=201, body=body)])
        with pytest.raises(Unclear):
            await tracker.file(TICKET)


async def test_an_answer_without_end_is_read_no_further(system: System) -> None:
    server = system.make()
    server.instead.append(web.Response(body=b" " * (MOST_LISTED + 1)))
    async with reached(system, server) as tracker:
        with pytest.raises(Refused, match="larger than 8192 KiB"):
            await tracker.file(TICKET)


async def test_one_call_too_many_waits_as_long_as_it_is_told(system: System) -> None:
    server = system.make()
    server.instead.extend([
        web.Response(status=429, headers={"Retry-After": "17"}),
        web.Response(status=403, headers={"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1771000000"}),
        web.Response(status=403, headers={"Retry-After": "60"}, text="secondary rate limit"),
        web.Response(status=503, headers={"Retry-After": "9"}),
    ])  # fmt: skip
    waits = []
    async with reached(system, server) as tracker:
        for _ in range(4):
            with pytest.raises(TryAgain) as again:
                await tracker.file(TICKET)
            waits.append((again.value.reason == RATE_LIMITED, again.value.wait.total_seconds()))
    assert waits == [(True, 17), (True, 300), (True, 60), (False, 9)]


async def test_silence_is_tried_again_and_silence_after_a_write_is_unclear(system: System) -> None:
    server = system.make()
    nothing = web.json_response({"issues": []} if isinstance(server, JiraStandIn) else [])
    async with reached(system, server, patience=0.3) as tracker:
        server.instead.append(None)
        with pytest.raises(TryAgain, match="did not answer in time"):
            await tracker.file(TICKET)
        server.instead.extend([nothing, None])
        with pytest.raises(Unclear, match="did not answer in time"):
            await tracker.file(TICKET)


async def test_nobody_there_is_tried_again(system: System) -> None:
    server = system.make()
    async with reached(system, server):
        settings = server.settings()
    async with served(system.make()) as (_, connections):
        tracker = trackers(Installed(**settings), connections)[system.name]
        with pytest.raises(TryAgain, match="can't be reached"):
            await tracker.file(TICKET)


@pytest.mark.parametrize(
    "marker", ["", "3", "muster:", "muster:a--b", 'muster:a" OR 1=1', "muster:a b", f"muster:{'a' * 99}"]
)
async def test_what_is_no_marker_goes_nowhere(system: System, marker: str) -> None:
    server = system.make()
    async with reached(system, server) as tracker:
        with pytest.raises(Refused, match="no proper marker"):
            await tracker.file(Ticket(title="a", body_markdown="b", marker=marker))
    assert server.asked == []


@pytest.mark.parametrize("key", ["../1", "1/../2", "0", "", "1?x=1", "OPS-1/..", "ops-1", "Ü", "1" * 20])
async def test_what_is_no_key_is_never_a_part_of_an_address(system: System, key: str) -> None:
    server = system.make()
    async with reached(system, server) as tracker:
        with pytest.raises(Refused, match="that is no"):
            await tracker.close(key, DONE)
    assert server.asked == []


async def test_a_token_that_it_does_not_know_is_not_shown(system: System) -> None:
    server = system.make()
    async with reached(system, server, **{f"muster_{system.name}_token": "an0ther"}) as tracker:
        with pytest.raises(Refused, match="http_401") as refused:
            await tracker.file(TICKET)
        assert "an0ther" not in repr(tracker) + repr(vars(tracker)) + repr(refused.value)
