"""Slack: the token, its scopes, the way events arrive, the channels that it posts to, and its clock."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import aiohttp

from bot.application.ports import Refused, TryAgain, Unclear
from bot.cli.doctor.database import clock_finding
from bot.cli.doctor.finding import Finding, fault
from bot.core import Clock
from bot.settings import Settings
from bot.slack.calls import Caller
from bot.slack.manifest import SCOPES

_PATIENCE = aiohttp.ClientTimeout(total=5)


async def look(settings: Settings, now: Clock, alerts: str) -> AsyncIterator[Finding]:
    """What is found; stops where nothing more can be seen.

    Args:
        settings: of this installation.
        now: this machine's clock.
        alerts: the name or id of the channel that the pack has for alerts.
    """
    if settings.slack_bot_token is None:
        yield fault(
            "Slack token",
            "SLACK_BOT_TOKEN is not set",
            costs="the bot does not start",
            mend="install the app (muster manifest prints what to paste) and copy its bot token, xoxb-…",
        )
        return
    caller = Caller(settings.slack_bot_token.get_secret_value(), settings.slack_api_url)
    try:
        async for finding in _with_token(caller, settings, now, alerts):
            yield finding
    finally:
        await caller.close()


async def _with_token(caller: Caller, settings: Settings, now: Clock, alerts: str) -> AsyncIterator[Finding]:
    try:
        response = await caller.ask("auth.test", repeatable=True)
    except (TryAgain, Unclear, Refused) as error:
        yield fault(
            "Slack token",
            f"auth.test at {settings.slack_api_url} says {error.reason}",
            costs="Slack is told nothing; what people do with muster incident is kept, and delivered later",
            mend="check the network and SLACK_API_URL for a time-out; else reinstall the app and copy its new token",
        )
        return
    said = response.data if isinstance(response.data, dict) else {}
    headers = {name.lower(): value for name, value in response.headers.items()}
    yield Finding(about="Slack token", what=f"accepted: {said.get('user')} in {said.get('team')}")
    if (there := _date(headers.get("date", ""))) is not None:
        yield clock_finding("Slack's clock", there, now())
    yield _scopes(headers.get("x-oauth-scopes", ""))
    yield await _delivery(settings)
    async for finding in _channels(caller, settings, alerts):
        yield finding


def _scopes(header: str) -> Finding:
    granted = {scope.strip() for scope in header.split(",")}
    missing = sorted(set(SCOPES) - granted)
    if not missing:
        return Finding(about="Scopes", what=f"all {len(SCOPES)} granted")
    return fault(
        "Scopes",
        f"{', '.join(missing)} missing",
        costs="what needs them is refused by Slack, and the commander is told so each time",
        mend="paste the manifest again (muster manifest) and reinstall the app",
    )


async def _delivery(settings: Settings) -> Finding:
    if settings.slack_app_token is not None:
        return await _socket(settings, settings.slack_app_token.get_secret_value())
    if settings.slack_signing_secret is None:
        return fault(
            "Events",
            "neither SLACK_APP_TOKEN nor SLACK_SIGNING_SECRET is set",
            costs="the bot does not start: Slack's commands could not reach it, or not be told from forged ones",
            mend="set SLACK_APP_TOKEN for Socket Mode, or SLACK_SIGNING_SECRET for HTTP",
        )
    if settings.muster_public_url is None:
        return Finding(about="Events", what="over HTTP; set MUSTER_PUBLIC_URL to have the way from outside tried")
    return await _from_outside(settings.muster_public_url.rstrip("/"))


async def _socket(settings: Settings, token: str) -> Finding:
    caller = Caller(token, settings.slack_api_url)
    try:
        await caller.call("apps.connections.open", repeatable=True)
    except (TryAgain, Unclear, Refused) as error:
        return fault(
            "Events",
            f"Socket Mode does not open: {error.reason}",
            costs="commands, buttons and messages do not reach the bot",
            mend="switch Socket Mode on in the app's settings, and make an app-level token with connections:write",
        )
    finally:
        await caller.close()
    return Finding(about="Events", what="Socket Mode opens")


async def _from_outside(url: str) -> Finding:
    wrong = None
    try:
        async with aiohttp.ClientSession(timeout=_PATIENCE) as client, client.get(f"{url}/healthz") as answer:
            if answer.status != HTTPStatus.OK:
                wrong = f"answers {answer.status}"
    except (aiohttp.ClientError, TimeoutError) as error:
        wrong = f"does not answer ({type(error).__name__})"
    if wrong is None:
        return Finding(about="Events", what=f"{url}/healthz answers; Slack's request URL is {url}/slack/events")
    return fault(
        "Events",
        f"{url}/healthz {wrong}",
        costs="if Slack cannot reach it either, commands and buttons do nothing",
        mend="start muster serve and check the proxy before it, or use Socket Mode, which needs no way in",
    )


async def _channels(caller: Caller, settings: Settings, alerts: str) -> AsyncIterator[Finding]:
    announce = settings.muster_announce_channel
    found: dict[str, dict[str, object]] = {}
    try:
        async for channel in caller.pages(
            "conversations.list", "channels", exclude_archived=True, types="public_channel,private_channel"
        ):
            found |= {name: channel for name in (announce, alerts) if name in (channel.get("name"), channel.get("id"))}
            if {announce, alerts} <= found.keys():
                break
    except (TryAgain, Unclear, Refused) as error:
        yield fault(
            "Announcements",
            f"conversations.list says {error.reason}",
            costs="it is not known whether incidents are announced",
            mend="mend the fault above first",
        )
        return
    yield _announcements(announce, found.get(announce))
    if settings.muster_webhook_tokens and alerts != announce:  # else no monitor posts anything
        yield _suggestions(alerts, found.get(alerts), announce)


def _announcements(name: str, channel: Mapping[str, object] | None) -> Finding:
    if channel is None:
        return fault(
            "Announcements",
            f"there is no #{name} that the bot can see",
            costs="incidents are announced nowhere, and commanders are told so",
            mend="create the channel, or set MUSTER_ANNOUNCE_CHANNEL; a private one needs the bot invited",
        )
    if channel.get("is_member"):
        return Finding(about="Announcements", what=f"in #{channel['name']}")
    return fault(
        "Announcements",
        f"the bot is not in #{channel['name']}",
        costs="replies under an announcement do not reach the timeline",
        mend=f"type /invite @muster in #{channel['name']}",
    )


def _suggestions(name: str, channel: Mapping[str, object] | None, instead: str) -> Finding:
    """No fault: what would stand there stands where incidents are announced."""
    if channel is None:
        return Finding(
            about="Alerts' channel",
            what=f"there is no #{name} that the bot can see",
            costs=f"alerts about which people are asked stand in #{instead}, among the incidents",
            mend="create the channel and invite the bot, or name another in the pack, under alerts: channel",
        )
    if channel.get("is_member"):
        return Finding(about="Alerts' channel", what=f"in #{channel['name']}")
    return Finding(
        about="Alerts' channel",
        what=f"the bot is not in #{channel['name']}",
        costs="where it cannot enter by itself, what Slack was slow to confirm may stand there twice",
        mend=f"type /invite @muster in #{channel['name']}",
    )


def _date(header: str) -> datetime | None:
    try:
        return parsedate_to_datetime(header)
    except ValueError:
        return None
