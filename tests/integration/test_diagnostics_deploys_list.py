"""What changed by a JSON list that deploys keep, served on this machine."""

import json
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from bot.diagnostics.result import Report, Verdict
from tests.support.targets import NOW, a_target, asked, by_check
from tests.support.web import answering


def at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


async def listed(body: Any, **section: Any) -> Report:
    async def handle(_request: web.Request) -> web.StreamResponse:
        return web.Response(body=body if isinstance(body, bytes) else json.dumps(body).encode())

    async with answering(handle) as url:
        return await asked(a_target("deploys", url=f"{url}/deploys.json", **section))


async def test_a_list_is_read_by_its_paths() -> None:
    body = {
        "deploys": [
            {"finished": at(NOW - timedelta(hours=8)), "app": {"rev": "v40"}, "by": "Ann", "note": "First"},
            {
                "finished": (NOW - timedelta(minutes=20)).timestamp(),
                "app": {"rev": "v42"},
                "by": "Bob",
                "note": "Third",
            },
            {"finished": at(NOW - timedelta(hours=3)), "app": {"rev": "v41"}, "by": "bob@example.com", "note": None},
        ]
    }
    fields = {"at": "finished", "what": "note", "who": "by", "version": "$.app.rev"}
    report = await listed(body, path="$.deploys[*]", fields=fields)
    changes = by_check(report)["changes"]
    assert changes.verdict is Verdict.WARN
    assert changes.explanation == "2 deploys in the last 6 h, the latest 20 min ago by Bob (v42): Third."
    assert changes.next_step == (
        "See whether it began with this change. If so, roll back to v41 first, and look for the reason afterwards."
    )
    assert changes.facts == {"latest": "v42", "previous": "v41"}
    assert changes.rows is not None
    assert [row[1:] for row in changes.rows.rows] == [("Third", "Bob", "v42"), ("", "***", "v41")]
    assert changes.ran.endswith("/deploys.json\n$.deploys[*]")
    assert "example.com" not in str(report.to_dict())


async def test_entries_without_a_time_are_counted() -> None:
    body = [{"at": at(NOW - timedelta(hours=1)), "version": 7}, {"at": "yesterday"}, "text", None]
    changes = by_check(await listed(body))["changes"]
    assert changes.explanation == (
        "1 deploy in the last 6 h, the latest 60 min ago (7). 3 entries had no time that can be read."
    )
    nothing = by_check(await listed([{"at": "yesterday"}]))["changes"]
    assert (nothing.verdict, nothing.explanation) == (Verdict.ERROR, "None of 1 entry has a time that can be read.")


async def test_a_clock_that_is_ahead_makes_no_change_younger_than_now() -> None:
    changes = by_check(await listed([{"at": at(NOW + timedelta(minutes=2)), "who": "Ann"}]))["changes"]
    assert changes.explanation == "1 deploy in the last 6 h, the latest 0 s ago by Ann."


async def test_a_list_that_is_empty_differs_from_one_that_is_not_there() -> None:
    assert by_check(await listed([]))["changes"].verdict is Verdict.NO_DATA
    gone = by_check(await listed({"builds": []}, path="$.deploys[*]"))["reachability"]
    assert (gone.verdict, gone.explanation) == (
        Verdict.ERROR,
        "The list was not found: there is nothing at $['deploys'].",
    )


async def test_a_path_that_cannot_be_followed_is_said_to_be_that() -> None:
    first = by_check(await listed(b"[" * 300 + b"]" * 300, path="$..deploys[*]"))["reachability"]
    assert first.verdict is Verdict.ERROR
    assert first.explanation.startswith("The list was not found: the path could not be followed: ")


async def test_what_is_no_json_is_said_to_be_that() -> None:
    first = by_check(await listed(b"\xff\xfe<html>"))["reachability"]
    assert (first.verdict, first.explanation) == (Verdict.ERROR, "What it answers is no JSON.")
