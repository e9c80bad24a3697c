"""What changed by GitHub's API, served on this machine: well, refused, broken; and servers that are hostile."""

import json
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from aiohttp import web

from bot.diagnostics.result import Report, Verdict
from tests.support.ports import Flood, babbles, nobody, resets, serving, silent
from tests.support.targets import NOW, a_target, asked, by_check
from tests.support.web import answering

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

TOKEN = "ghp-hunter2-hunter2"
SETTINGS: dict[str, str | None] = {"MUSTER_DIAG_GITHUB_TOKEN": TOKEN}


def at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def deployment(number: int, *, ago: timedelta, **keys: Any) -> dict[str, Any]:
    """One as the API has it, with what is not looked at."""
    return {
        "url": f"https://api.github.example/repos/shop/web/deployments/{number}",
        "id": number,
        "node_id": "MDEwOkRlcGxveW1lbnQx",
        "sha": f"{number:040x}",
        "ref": "main",
        "task": "deploy",
        "payload": {},
        "environment": "production",
        "description": None,
        "creator": {"login": "ann", "id": 1, "type": "User"},
        "created_at": at(NOW - ago),
        "updated_at": at(NOW),
        "transient_environment": False,
    } | keys


def commit(number: int, *, ago: timedelta, author: dict[str, Any] | None = None) -> dict[str, Any]:
    signed = {"name": "Ann Other", "email": "ann@example.com"}
    return {
        "sha": f"{number:040x}",
        "commit": {
            "author": signed | {"date": at(NOW - ago - timedelta(days=1))},
            "committer": signed | {"date": at(NOW - ago)},
            "message": f"Change {number}\n\nAt length.",
            "verification": {"verified": False, "reason": "unsigned", "signature": None},
        },
        "author": author,
    }


def replying(status: int = 200, body: Any = None, **headers: str) -> Handler:
    async def handle(_request: web.Request) -> web.StreamResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return web.Response(status=status, body=data, headers=named)

    return handle


async def github(handler: Handler, **section: Any) -> Report:
    async with answering(handler) as url:
        report = await asked(a_target("deploys", SETTINGS, **{"github": "shop/web", "url": url} | section))
    assert "hunter2" not in str(report.to_dict())
    return report


async def test_deployments_are_shown_with_how_they_went() -> None:
    seen: list[tuple[str, str]] = []

    async def handle(request: web.Request) -> web.StreamResponse:
        seen.append((request.path_qs, request.headers["Authorization"]))
        if request.path.endswith("/statuses"):
            return web.json_response([{"id": 1, "state": "failure" if "/7/" in request.path else "inactive"}])
        return web.json_response(
            [
                deployment(7, ago=timedelta(minutes=14), description="Discounts"),
                deployment(6, ago=timedelta(hours=2), creator=None),
                deployment(5, ago=timedelta(days=2)),
            ]
        )

    report = await github(handle, bearer_from="MUSTER_DIAG_GITHUB_TOKEN", environment="production")
    changes = by_check(report)["changes"]
    assert (changes.verdict, changes.value, changes.unit) == (Verdict.WARN, 2, "deploys")
    assert changes.explanation == (
        "2 deploys in the last 6 h, the latest 14 min ago by ann (0000000000), which ended in failure: "
        "main to production: Discounts."
    )
    assert changes.rows is not None
    assert changes.rows.columns == ("when (UTC)", "what", "who", "version", "state")
    assert [row[-1] for row in changes.rows.rows] == ["failure", "inactive"]
    assert changes.facts == {"latest": f"{7:040x}", "previous": f"{6:040x}"}
    assert seen[0] == ("/repos/shop/web/deployments?environment=production&per_page=50", f"Bearer {TOKEN}")
    assert changes.ran == (
        "GET /repos/shop/web/deployments?environment=production&per_page=50\n"
        "GET /repos/shop/web/deployments/7/statuses?per_page=1"
    )
    assert report.against.endswith("(shop/web)")


async def test_how_a_deployment_went_may_stay_unknown() -> None:
    async def handle(request: web.Request) -> web.StreamResponse:
        if request.path.endswith("/statuses"):
            return web.json_response({"message": "Resource not accessible by integration"}, status=403)
        return web.json_response([deployment(7, ago=timedelta(hours=1))])

    changes = by_check(await github(handle))["changes"]
    assert changes.verdict is Verdict.OK
    assert changes.rows is not None
    assert "state" not in changes.rows.columns


async def test_commits_of_a_branch_are_shown_by_their_logins_and_never_by_their_addresses() -> None:
    seen: list[str] = []

    async def handle(request: web.Request) -> web.StreamResponse:
        seen.append(request.path_qs)
        return web.json_response(
            [commit(2, ago=timedelta(hours=1), author={"login": "ann"}), commit(1, ago=timedelta(hours=3))]
        )

    report = await github(handle, of="commits", branch="release/2")
    changes = by_check(report)["changes"]
    assert changes.explanation == "2 commits in the last 6 h, the latest 60 min ago by ann (0000000000): Change 2."
    assert changes.rows is not None
    assert [row[2] for row in changes.rows.rows] == ["ann", "Ann Other"]
    assert seen == ["/repos/shop/web/commits?sha=release/2&per_page=50"]
    assert "example.com" not in str(report.to_dict())


async def test_further_pages_are_read_as_far_as_the_hours_go() -> None:
    pages: list[str] = []

    async def handle(request: web.Request) -> web.StreamResponse:
        page = int(request.query.get("page", "1"))
        pages.append(str(page))
        link = f'<https://x.example?page={page + 1}>; rel="next", <https://x.example?page=9>; rel="last"'
        found = [commit(10 * page + n, ago=timedelta(hours=2 * page, minutes=n)) for n in range(3)]
        return web.json_response(found, headers={"Link": link})

    changes = by_check(await github(handle, of="commits"))["changes"]
    assert (changes.value, pages) == (7, ["1", "2", "3"])
    pages.clear()
    changes = by_check(await github(handle, of="commits", within="9d"))["changes"]
    assert pages == ["1", "2", "3", "4"]
    assert changes.explanation.startswith("12 or more commits in the last 9 days")


async def test_a_repository_without_any_has_nothing_to_say() -> None:
    changes = by_check(await github(replying(body=[])))["changes"]
    assert (changes.verdict, changes.explanation) == (Verdict.NO_DATA, "It knows of no deploy at all.")
    empty = replying(409, {"message": "Git Repository is empty."})
    assert by_check(await github(empty, of="commits"))["changes"].verdict is Verdict.NO_DATA


RESET = str(int((NOW + timedelta(minutes=21)).timestamp()))


@pytest.mark.parametrize(
    ("status", "headers", "said"),
    [
        (
            403,
            {"X_RateLimit_Remaining": "0", "X_RateLimit_Reset": RESET},
            "It was asked too often, and does not answer until 03:21 UTC.",
        ),
        (403, {"Retry_After": "120"}, "It was asked too often, and does not answer until 03:02 UTC."),
        (429, {}, "It was asked too often, and does not answer for some time."),
        (429, {"X_RateLimit_Remaining": "0", "X_RateLimit_Reset": "soon"}, "does not answer for some time."),
        (403, {"X_RateLimit_Remaining": "55"}, "It refused the login: 403 Forbidden."),
        (401, {}, "It refused the login: 401 Unauthorized."),
        (404, {}, "It knows of no shop/web."),
        (301, {"Location": "https://api.github.example/repositories/1"}, "shop/web has moved."),
        (500, {}, "It answered 500 Internal Server Error."),
    ],
)
async def test_a_refusal_of_the_api_is_said_for_what_it_is(status: int, headers: dict[str, str], said: str) -> None:
    body = {"message": "Told so.", "documentation_url": "https://docs.github.example"}
    report = await github(replying(status, body, **headers), bearer_from="MUSTER_DIAG_GITHUB_TOKEN")
    first, second = report.results
    assert (first.verdict, second.verdict) == (Verdict.ERROR, Verdict.NO_DATA)
    assert first.explanation.endswith(said)
    assert first.next_step
    assert first.ran == "GET /repos/shop/web/deployments?per_page=50"


async def test_without_a_token_the_advice_is_to_take_one() -> None:
    first = by_check(await github(replying(429)))["reachability"]
    assert first.next_step.endswith("With a token in `bearer_from` it answers far more often.")


@pytest.mark.parametrize("body", [b"<html>", {"message": "hi"}, [{"id": 1}], [[]], b"[" * 100_000])
async def test_what_is_no_answer_of_the_api_is_said_to_be_that(body: Any) -> None:
    first = by_check(await github(replying(body=body)))["reachability"]
    assert (first.verdict, first.explanation) == (
        Verdict.ERROR,
        "What was read is of no use: 200 OK, and no list of changes.",
    )


async def test_a_token_that_is_not_set_is_said_by_its_name() -> None:
    report = await asked(a_target("deploys", github="shop/web", bearer_from="MUSTER_DIAG_GITHUB_TOKEN"))
    assert report.against == "https://api.github.com (shop/web)"
    assert by_check(report)["reachability"].explanation == "MUSTER_DIAG_GITHUB_TOKEN is not set."


@pytest.mark.parametrize("github", [{}, {"github": "shop/web"}])
@pytest.mark.parametrize("behaviour", [silent, resets, babbles])
async def test_a_server_that_is_none_is_a_failed_check(behaviour: Any, github: dict[str, Any]) -> None:
    async with serving(behaviour) as port:
        url = f"http://127.0.0.1:{port}"
        report = await asked(a_target("deploys", url=url, timeout=0.2, **github))
    assert [result.verdict for result in report.results] == [Verdict.ERROR, Verdict.NO_DATA]


@pytest.mark.parametrize("github", [{}, {"github": "shop/web"}])
async def test_where_nobody_listens_the_check_failed(github: dict[str, Any]) -> None:
    report = await asked(a_target("deploys", url=f"http://127.0.0.1:{nobody()}", **github))
    assert by_check(report)["reachability"].explanation == "No connection: Connection refused."
    assert report.verdict is Verdict.ERROR


@pytest.mark.parametrize("github", [{}, {"github": "shop/web"}])
async def test_an_endless_answer_is_not_read_to_its_end(github: dict[str, Any]) -> None:
    flood = Flood()

    async def endless(reader: Any, writer: Any) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 209715200\r\n\r\n")
        await flood(reader, writer)

    async with serving(endless) as port:
        report = await asked(a_target("deploys", url=f"http://127.0.0.1:{port}", **github))
    assert "It was not read to its end" in by_check(report)["reachability"].explanation
    assert flood.megabytes < 100
