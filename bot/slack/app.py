"""The Bolt app: who may call, which listener hears what, and how every outcome is answered."""

import json
import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.response import BoltResponse

from bot.application import logs
from bot.application.ports import TryAgain, Unclear
from bot.domain.errors import DomainError
from bot.slack import answers, home
from bot.slack.incoming import could_be_signed, happened_at, whole
from bot.slack.listeners import actions, commands, events, replying, submissions, tasking
from bot.slack.room import Request, SlackRoom
from bot.slack.socket import Socket, Watch
from bot.slack.views.forms import FORMS
from bot.store.database import DatabaseUnavailable

__all__ = ["SlackApp", "SlackRoom"]

_logger = logging.getLogger(__name__)

Body = dict[str, Any]
Listener = Callable[[Body], Awaitable[BoltResponse]]

#: The entry of a message's menu, by its callback id (`bot.slack.manifest`).
TASK = "task"

EVENTS: tuple[tuple[str, Callable[[Request], Awaitable[None]]], ...] = (
    ("message", events.message),
    ("reaction_added", events.pinned),
    ("reaction_removed", events.unpinned),
    ("member_joined_channel", events.joined),
    ("member_left_channel", events.left),
    ("app_home_opened", home.opened),
    ("user_change", home.changed_user),
)


class SlackApp:
    """Slack's requests, over HTTP or a socket."""

    def __init__(
        self,
        room: SlackRoom,
        *,
        token: str,
        signing_secret: str | None,
        app_token: str | None,
        api_url: str,
        on_event: Callable[[float], None],
        on_gap: Callable[[], None],
        watch: Watch | None = None,
    ) -> None:
        """Build the app; nothing is called yet.

        Args:
            room: what the listeners share.
            token: the bot's (`xoxb-…`).
            signing_secret: what requests over HTTP are signed with; not needed for a socket.
            app_token: for Socket Mode (`xapp-…`).
            api_url: Slack's Web API, ending in a slash.
            on_event: is told the seconds between each event and the end of its handling.
            on_gap: is told when something of what Slack tells may have been missed until now.
            watch: when the socket counts as lost.
        """
        self.room, self._on_event, self._on_gap = room, on_event, on_gap
        self._token = token
        self.bolt = AsyncApp(
            name="muster",
            # An empty secret would make signatures that anybody can make: over HTTP there has to be one.
            signing_secret=signing_secret or "",
            authorize=_as_known(room, token),
            request_verification_enabled=signing_secret is not None,
            # Slack's acknowledgement says "recorded", so it comes after the commit.
            process_before_response=True,
            raise_error_for_unhandled_request=True,
        )
        self._http = signing_secret is not None
        self._socket = Socket(self.bolt, app_token, api_url, on_open=on_gap, watch=watch) if app_token else None
        self._listen()

    def _listen(self) -> None:
        self.bolt.command(self.room.command)(self._command())
        self.bolt.action(re.compile(".*"))(self._action())
        self.bolt.message_shortcut(TASK)(self._shortcut())
        for form in FORMS:
            self.bolt.view(form)(self._submission())
        for name, handle in EVENTS:
            self.bolt.event(name)(self._event(handle))
        self.bolt.error(self._unhandled)

    def _command(self) -> Listener:
        @_in_a_scope
        async def listen(body: Body) -> BoltResponse:
            try:
                return _ok(await commands.slash(commands.request_of(self.room, body)))
            except Exception as error:  # noqa: BLE001 (each kind has its answer; the unexpected is logged there)
                return _ok(answers.ephemeral(answers.problem(self.room, error)))

        return listen

    def _action(self) -> Listener:
        @_in_a_scope
        async def listen(body: Body) -> BoltResponse:
            request = actions.request_of(self.room, body)
            try:
                return _ok(await actions.pressed(request))
            except Exception as error:  # noqa: BLE001 (each kind has its answer; the unexpected is logged there)
                self.room.spawn(replying.respond(request, answers.problem(self.room, error)))
                return _ok()

        return listen

    def _shortcut(self) -> Listener:
        @_in_a_scope
        async def listen(body: Body) -> BoltResponse:
            request = tasking.shortcut_of(self.room, body)
            try:
                await tasking.from_message(request)
            except Exception as error:  # noqa: BLE001 (each kind has its answer; the unexpected is logged there)
                self.room.spawn(replying.respond(request, answers.problem(self.room, error)))
            return _ok()

        return listen

    def _submission(self) -> Listener:
        @_in_a_scope
        async def listen(body: Body) -> BoltResponse:
            request = submissions.request_of(self.room, body)
            try:
                return _ok(await submissions.submitted(request))
            except Exception as error:  # noqa: BLE001 (each kind has its answer; the unexpected is logged there)
                return _ok(submissions.problem_at(request, error))

        return listen

    def _event(self, handle: Callable[[Request], Awaitable[None]]) -> Listener:
        @_in_a_scope
        async def listen(body: Body) -> BoltResponse:
            try:
                await handle(events.request_of(self.room, body))
            except DomainError as error:
                _logger.debug("an event changed nothing: %s", type(error).__name__)
            except (DatabaseUnavailable, TryAgain, Unclear, TimeoutError) as error:
                # Slack brings it again, by then with luck to a database that answers; else it is read later.
                _logger.warning("an event was not recorded: %s", type(error).__name__)
                self._on_gap()
                return BoltResponse(status=503, body="")
            if (happened := happened_at(body)) is not None:
                self._on_event(max(self.room.muster.now().timestamp() - happened, 0))
            return _ok()

        return listen

    async def _unhandled(self, error: Exception) -> BoltResponse:
        """What no listener hears is no fault; anything else is, and Slack is told to bring it again."""
        if isinstance(error, BoltUnhandledRequestError):
            return _ok()
        _logger.error("a request from Slack failed", exc_info=error)
        return BoltResponse(status=500, body="")

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one HTTP request: 401 for a bad or old signature, 400 for a body that is none.

        Raises:
            HTTPRequestEntityTooLarge: it is larger than anything of Slack's.
        """
        if not self._http:
            return web.Response(status=404)
        if not could_be_signed(request.headers):
            return web.json_response({"error": "invalid request"}, status=401)
        try:
            asked = await to_bolt_request(request)
        except (ValueError, TypeError, AttributeError, LookupError, RecursionError) as error:
            return _malformed(f"its body cannot be read ({type(error).__name__})")
        except web.HTTPRequestEntityTooLarge:
            _logger.warning("a request from Slack was refused: it is too large")
            raise
        if not whole(asked.body):
            return _malformed("it lacks what each of its kind has")
        return await to_aiohttp_response(await self.bolt.async_dispatch(asked))

    async def start_socket(self) -> None:
        """Connect, and keep connected; does nothing without an app token. While Slack is away it tries on."""
        if self._socket is not None:
            self.room.spawn(self._socket.keep())
            await self._socket.opened()

    async def trouble(self) -> str | None:
        """Why Slack's requests do not arrive; None when they do, as far as can be seen from here."""
        if self._socket is not None and not await self._socket.is_open():
            return "the socket is not connected"
        return None

    async def stop_socket(self) -> None:
        """Disconnect, once what is being answered has been."""
        if self._socket is not None:
            await self._socket.stop()


def _in_a_scope(listen: Listener) -> Listener:
    """What is logged while a request is answered says which event of Slack's it is about."""

    # Bolt reads the arguments' names.
    async def listen_in_a_scope(body: Body) -> BoltResponse:
        event = body.get("event_id")
        with logs.about(**({"event": event} if isinstance(event, str) else {})):
            return await listen(body)

    return listen_in_a_scope


def _malformed(why: str) -> web.Response:
    """Nobody vouches for what is in it, so none of it goes into the log."""
    _logger.warning("a request from Slack was refused: %s", why)
    return web.json_response({"error": "malformed request"}, status=400)


def _ok(body: Body | str = "") -> BoltResponse:
    return BoltResponse(status=200, body=body if isinstance(body, str) else json.dumps(body))


def _as_known(room: SlackRoom, token: str) -> Callable[..., Awaitable[AuthorizeResult]]:
    """Everybody whose request is signed may call: the token belongs to one workspace. Asks Slack nothing."""

    # Bolt reads the arguments' names, and a method's `self` would be one too many.
    async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        known = room.gateway.known
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=team_id,
            bot_user_id=known.user_id if known else None,
            bot_id=known.bot_id if known else None,
            bot_token=token,
        )

    return authorize
