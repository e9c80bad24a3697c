"""Who and where: the bot itself, people, groups and channels, asked of Slack and remembered."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.application.ports import Refused, SlackChannel, TryAgain, Unclear
from bot.slack.calls import Caller, Manners

#: Seconds for which the token counts as accepted without asking again.
_TRUSTED = 60.0
#: Seconds that a health check waits.
_PATIENCE = 3.0
#: Seconds for which a person's name is remembered, and for how many people.
_NAMES_KEPT, _MOST_NAMES = 3600.0, 2000
#: The most that Slack gives at once: a big workspace has thousands of channels, and the list few calls a minute.
_CHANNELS_A_PAGE = 999


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the token is, where; `scopes` are those that were granted, `url` is the workspace's, ending in a slash."""

    user_id: str
    bot_id: str
    team: str
    url: str
    scopes: frozenset[str]


class Directory:
    """Every method raises TryAgain, Unclear or Refused, and nothing else."""

    def __init__(self, token: str, api_url: str, manners: Manners | None = None) -> None:
        """Nothing is called yet. The arguments are those of `Caller`."""
        self._caller = Caller(token, api_url, manners)
        self._call = self._caller.call
        self._pages = self._caller.pages
        self._channels: dict[str, str] = {}
        self._names: dict[str, tuple[float, str | None]] = {}
        self._addresses: dict[str, tuple[float, str]] = {}
        self._asking = asyncio.Lock()
        self._trusted_until = 0.0
        #: Who the bot is, once Slack has said so.
        self.known: Identity | None = None

    async def close(self) -> None:
        """Close the connections."""
        await self._caller.close()

    async def identity(self) -> Identity:
        """Who the bot is; asked once."""
        async with self._asking:
            if self.known is None:
                self.known = await self._ask_identity()
            return self.known

    async def trouble(self) -> str | None:
        """What is wrong with the token or with reaching Slack; None when all is well."""
        now = asyncio.get_running_loop().time()
        if now < self._trusted_until:
            return None
        try:
            async with asyncio.timeout(_PATIENCE):
                self.known = await self._ask_identity()
        except TimeoutError:
            return "Slack does not answer"
        except (TryAgain, Unclear, Refused) as error:
            return error.reason
        self._trusted_until = now + _TRUSTED
        return None

    async def _ask_identity(self) -> Identity:
        response = await self._caller.ask("auth.test", repeatable=True)
        said = response.data if isinstance(response.data, dict) else {}
        granted = next((v for name, v in response.headers.items() if name.lower() == "x-oauth-scopes"), "")
        scopes = frozenset(scope.strip() for scope in granted.split(",") if scope.strip())
        return Identity(
            user_id=said.get("user_id", ""),
            bot_id=said.get("bot_id", ""),
            team=said.get("team", ""),
            url=said.get("url", ""),
            scopes=scopes,
        )

    async def our_channel(self, name: str, *, private: bool) -> SlackChannel | None:
        """The live channel of that name if the bot created it; None where there is none, or it is not ours."""
        me = (await self.identity()).user_id
        kind = "private_channel" if private else "public_channel"
        # Whoever creates a channel is in it, and the bot is in far fewer than there are.
        async for found in self._pages("users.conversations", "channels", types=kind, exclude_archived=True):
            if found.get("name") == name:
                ours = found.get("creator") == me and not found.get("is_archived")
                return SlackChannel(id=found["id"], name=name) if ours else None
        return None

    async def find_channel(self, name: str) -> str | None:
        """The id of a channel by name (or by id); None where the bot can't see one. A public one is joined."""
        if name[:1] in ("C", "G") and name.isalnum() and name.isupper():
            return name
        if name not in self._channels:
            kinds = "public_channel,private_channel"
            asked: dict[str, Any] = {"types": kinds, "exclude_archived": True, "limit": _CHANNELS_A_PAGE}
            async for found in self._pages("conversations.list", "channels", **asked):
                if found.get("name") == name:
                    await self._come_in(found)
                    self._channels[name] = found["id"]
                    break
        return self._channels.get(name)

    async def _come_in(self, channel: Mapping[str, Any]) -> None:
        if channel.get("is_member") or channel.get("is_private"):
            return
        try:
            await self.join(channel["id"])
        except Refused as refusal:
            # Those cost us the replies alone; the post itself says what else is wrong.
            if refusal.reason not in ("missing_scope", "method_not_supported_for_channel_type", "restricted_action"):
                raise

    async def join(self, channel: str) -> None:
        """Enter a public channel, so that replies there are heard; being in it already is fine."""
        await self._call("conversations.join", repeatable=True, channel=channel)

    def _forget(self, channel: str) -> None:
        self._channels = {name: known for name, known in self._channels.items() if known != channel}

    async def members_of_group(self, group: str) -> Sequence[str]:
        """The users of a user group (`S…`)."""
        users: list[str] = (await self._call("usergroups.users.list", repeatable=True, usergroup=group)).get(
            "users", []
        )
        return users

    async def name_of(self, user: str) -> str | None:
        """The name of a user, as people read it; remembered for a while. None where there is none."""
        now = asyncio.get_running_loop().time()
        until, name = self._names.get(user, (0.0, None))
        if now < until:
            return name
        try:
            found = (await self._call("users.info", repeatable=True, user=user)).get("user") or {}
        except Refused as refusal:
            if refusal.reason not in ("user_not_found", "user_not_visible"):
                raise
            found = {}
        profile = found.get("profile") or {}
        # A review is read by people who do not know handles.
        name = profile.get("real_name") or found.get("real_name") or profile.get("display_name") or found.get("name")
        if len(self._names) >= _MOST_NAMES:
            self._names.clear()
        self._names[user] = (now + _NAMES_KEPT, name)
        return name

    async def has_left(self, user: str) -> bool:
        """Whether a user's account is deactivated, or gone. Asked anew each time."""
        try:
            found = (await self._call("users.info", repeatable=True, user=user)).get("user") or {}
        except Refused as refusal:
            if refusal.reason not in ("user_not_found", "user_not_visible"):
                raise
            # One that the bot may not see may still be there.
            return refusal.reason == "user_not_found"
        return bool(found.get("deleted"))

    async def member_with(self, email: str) -> str | None:
        """The id of the member with an e-mail address; remembered for a while. None where nobody here has it."""
        address, now = email.casefold(), asyncio.get_running_loop().time()
        until, known = self._addresses.get(address, (0.0, ""))
        if now < until:
            return known
        try:
            found = await self._call("users.lookupByEmail", repeatable=True, email=email)
        except Refused as refusal:
            if refusal.reason == "users_not_found":  # Slack says so of people who have left, too
                return None
            raise
        if len(self._addresses) >= _MOST_NAMES:
            self._addresses.clear()
        user: str | None = (found.get("user") or {}).get("id")
        if user:
            self._addresses[address] = (now + _NAMES_KEPT, user)
        return user

    async def permalink(self, channel: str, ts: str) -> str:
        """A link to a message, made from the workspace's address without another call."""
        workspace = (await self.identity()).url or "https://slack.com/"
        return f"{workspace}archives/{channel}/p{ts.replace('.', '')}"
