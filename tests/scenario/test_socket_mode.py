"""Socket Mode where it differs: the connection comes, goes and comes again."""

import aiohttp
import pytest

from bot.domain import events as e
from bot.sandbox.records import Fault
from tests.scenario.stage import shown, stage


async def test_a_connection_that_slack_closes_is_opened_again(database: str) -> None:
    async with stage(database, socket=True) as bot:
        room = await bot.declare()
        await bot.sandbox.disconnect_sockets()
        await bot.until(lambda s: bool(s.courier.sockets))
        assert "recorded" in shown(await bot.command("bob", "ack", room.name))
        await bot.recorded(e.Acknowledged)


async def test_in_socket_mode_nothing_listens_for_slack_over_http(database: str) -> None:
    async with (
        stage(database, socket=True) as bot,
        aiohttp.ClientSession() as session,
        session.post(f"{bot.app.url}/slack/events", data=b"payload={}") as response,
    ):
        assert response.status == 404


async def test_the_bot_starts_and_stops_while_slack_is_away(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.slack.socket.PATIENCE", 0.1)
    away = Fault(method="apps.connections.open", http_status=503, times=-1)
    async with stage(database, socket=True, faults=[away]) as bot:
        assert await bot.app.bolt.trouble() == "the socket is not connected"


async def test_an_open_socket_is_no_trouble(database: str) -> None:
    async with stage(database, socket=True) as bot:
        assert await bot.app.bolt.trouble() is None
    async with stage(database) as bot:
        assert await bot.app.bolt.trouble() is None
