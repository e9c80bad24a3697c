"""What the pack `mais` runs and sends: programs that stand in, and real HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.diagnostics.actions import Ending, perform, rehearse
from bot.diagnostics.result import Verdict
from tests.support.mais import NOTHING, POLICY, action, done, target
from tests.support.targets import NOW, asked, by_check

# ---- Programs --------------------------------------------------------------------------------------------

COMMANDS: list[tuple[str, dict[str, object], str]] = [
    ("restart", NOTHING, "sudo --non-interactive systemctl restart elope-api"),
    ("scale", NOTHING, "pm2 scale elope-api +2"),
    ("vacuum-journal", NOTHING, "sudo --non-interactive journalctl --vacuum-time=7d"),
    (
        "drop-old-logs",
        NOTHING,
        "sudo --non-interactive find /var/log/elope -maxdepth 1 -name *.log.old -delete",
    ),
    ("restore-settings", NOTHING, "cp --backup=numbered /backup/.env.production /path/to/elope/server/.env"),
    (
        "restore-settings",
        {"copy": "/path/to/backups/.env.20251030"},
        "cp --backup=numbered /path/to/backups/.env.20251030 /path/to/elope/server/.env",
    ),
    (
        "replay-webhook",
        {"event": "evt_1234567890"},
        "stripe events resend evt_1234567890 --webhook-endpoint=we_ENDPOINT --live --confirm",
    ),
    (
        "refund",
        {"charge": "ch_1234567890", "cents": 350000},
        (
            "stripe refunds create --charge=ch_1234567890 --amount=350000 --reason=requested_by_customer -d"
            " metadata[reason]=double-booking-system-error --idempotency=double-booking-ch_1234567890 --live --confirm"
        ),
    ),
    ("stop-container", NOTHING, "docker stop elope-api-container"),
    ("remove-container", NOTHING, "docker rm elope-api-container"),
    (
        "start-version",
        {"version": "v1.2.3"},
        "docker run --detach --name elope-api-container --env-file /path/to/.env --publish 3001:3001 elope/api:v1.2.3",
    ),
    ("switch-release", {"version": "v1.2.3"}, "ln -sfn releases/v1.2.3 /opt/elope/current"),
    (
        "back-up-database",
        NOTHING,
        "pg_dump --dbname=service=elope --file=/var/backups/elope/backup_before_rollback.sql",
    ),
]


@pytest.fixture
def ran(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file with what was run, a line for each program. Nothing else is found in the PATH."""
    heard = tmp_path / "heard"
    for rule in POLICY.actions:
        options: Any = rule.options
        for argv in (getattr(options, "argv", ()), getattr(options, "rehearse", ())):
            if rule.kind == "command" and argv:
                path = tmp_path / argv[0]
                path.write_text(f'#!/bin/sh\necho "$0" "$@" "$STRIPE_API_KEY" >> {heard}\n')
                path.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    return heard


def said(ran: Path) -> list[str]:
    """What was run so far."""
    return ran.read_text().splitlines() if ran.exists() else []


def test_every_program_of_the_pack_is_among_them() -> None:
    assert {rule.name for rule in POLICY.actions if rule.kind == "command"} == {name for name, _, _ in COMMANDS}


@pytest.mark.parametrize(
    ("name", "given", "argv"), COMMANDS, ids=[f"{name}-{len(given)}" for name, given, _ in COMMANDS]
)
async def test_a_program_is_run_with_the_documents_arguments(
    name: str, given: dict[str, object], argv: str, ran: Path
) -> None:
    what = action(name, "rk_live_key")
    rehearsal = await rehearse(what, given)
    assert rehearsal.ready, rehearsal
    assert len(said(ran)) == 1
    outcome = await perform(what, given, rehearsal.bound)
    assert outcome.verdict is Ending.DONE, outcome
    (line,) = said(ran)[1:]
    key = " rk_live_key" if argv.startswith("stripe") else " "
    assert line == f"{ran.parent}/{argv}{key}"
    assert "rk_live_key" not in f"{rehearsal}{outcome}"


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("replay-webhook", {"event": "--help"}),
        ("restore-settings", {"copy": "/etc/passwd"}),
        ("restore-settings", {"copy": "/path/to/backups/../../etc/passwd"}),
        ("refund", {"charge": "ch_1", "cents": 0}),
        ("switch-release", {"version": "v1.2.3/../../tmp"}),
        ("start-version", {"version": "latest"}),
        ("scale", {"more": 99}),
        ("back-up-database", {"name": "../x"}),
    ],
)
async def test_nothing_runs_with_a_value_that_the_pack_does_not_allow(
    name: str, given: dict[str, object], ran: Path
) -> None:
    rehearsal = await rehearse(action(name), given)
    assert not rehearsal.ready
    assert said(ran) == []


async def test_a_backup_that_is_there_is_never_written_over(ran: Path) -> None:
    (ran.parent / "test").write_text('#!/bin/sh\n[ "$*" != "! -e /var/backups/elope/backup_before_rollback.sql" ]\n')
    assert not (await rehearse(action("back-up-database"), {"name": "before_rollback"})).ready
    assert (await rehearse(action("back-up-database"), {"name": "20251031_120000"})).ready


async def test_a_version_that_has_no_image_is_not_started(ran: Path) -> None:
    (ran.parent / "docker").write_text("#!/bin/sh\necho No such image; exit 1\n")
    rehearsal = await rehearse(action("start-version"), {"version": "v9.9.9"})
    assert (rehearsal.ready, rehearsal.output) == (False, "No such image")


# ---- Requests --------------------------------------------------------------------------------------------


@asynccontextmanager
async def answering(answer: Any) -> AsyncIterator[tuple[str, list[str]]]:
    """The address of a server, and what it was asked, with whose token."""
    heard: list[str] = []

    async def handle(request: web.Request) -> web.Response:
        heard.append(f"{request.method} {request.rel_url} {request.headers.get('Authorization')}")
        return web.json_response(answer)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handle)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    try:
        yield str(server.make_url("/")).rstrip("/"), heard
    finally:
        await server.close()


async def test_a_request_of_the_pack_goes_where_the_document_says() -> None:
    project = "/v1/projects/PROJECT_REF"
    async with answering({"status": "INACTIVE"}) as (url, heard):
        rehearsal, outcome = await done(action("resume-project", "a-token", url=url), NOTHING)
        assert "INACTIVE" in rehearsal.output
        assert outcome.verdict is Ending.DONE
        assert heard == [f"GET {project} Bearer a-token", f"POST {project}/restore Bearer a-token"]
        del heard[:]
        confirmation = action("send-confirmation", url)
        _, outcome = await done(confirmation, {"booking": "booking_abc123"})
        assert outcome.verdict is Ending.DONE
        assert [line.rpartition(" Bearer")[0] for line in heard] == [
            "POST /v1/admin/bookings/booking_abc123/resend-confirmation"
        ]


@pytest.mark.parametrize("old", [False, True])
async def test_what_stripe_could_not_deliver_is_told_with_the_newest_events_id(old: bool) -> None:
    created = NOW.timestamp() - (4 if old else 1) * 24 * 3600
    events = [{"id": "evt_1234567890", "type": "checkout.session.completed", "created": int(created)}]
    async with answering({"object": "list", "data": events, "has_more": False}) as (url, heard):
        where = f"{url}/v1/events?delivery_success=false&limit=100"
        found = by_check(await asked(target("stripe-deliveries", "a-token", url=where)))["deliveries"]
    assert heard == ["GET /v1/events?delivery_success=false&limit=100 Bearer a-token"]
    assert found.verdict is (Verdict.OK if old else Verdict.WARN), found
    assert ("evt_1234567890" in str(found.rows)) is not old
    assert old or "stripe-webhooks" in found.next_step
