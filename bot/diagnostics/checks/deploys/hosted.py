"""Changes that GitHub knows of, or what has its API: deployments with how they went, or commits of a branch."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from urllib.parse import urlencode

import aiohttp
from pydantic import AwareDatetime, BaseModel, TypeAdapter, ValidationError

from bot.diagnostics.checks import fetching
from bot.diagnostics.checks.deploys.changes import Change, Found
from bot.diagnostics.checks.fetching import Answer, Server, TooLong, Unwilling
from bot.diagnostics.checks.network.port import begun
from bot.diagnostics.target import Target
from bot.policy.targets.deploys import DeploysTarget, Of

PUBLIC = "https://api.github.com"
_HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
#: Changes on a page, pages that are read, and bytes of one: a signed commit has some ten thousand.
_ON_A_PAGE, _PAGES, _MOST = 50, 4, 4 * fetching.MOST
#: Of how many deployments it is asked how they went: without a token there are sixty answers an hour.
_STATES = 5
_LIMITED = (HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS)


class Limited(Exception):
    """It has answered too often lately. The message says until when it does not, where that is known."""


class NotThere(Exception):
    """There is no such repository or branch, or the token may not see it."""


class Moved(Exception):
    """The repository has another name now."""


class NotTheApi(Exception):
    """What it answers is not what GitHub's API would."""


class _Person(BaseModel):
    login: str = ""
    name: str | None = None


class _Deployment(BaseModel):
    id: int
    sha: str
    ref: str = ""
    environment: str = ""
    description: str | None = None
    creator: _Person | None = None
    created_at: AwareDatetime

    def change(self) -> Change:
        """It, without how it went."""
        what = f"{self.ref} to {self.environment}" if self.ref and self.environment else self.ref or self.environment
        described = f"{what}: {self.description}" if what and self.description else what or self.description or ""
        return Change(
            at=self.created_at.astimezone(UTC),
            what=described,
            who=self.creator.login if self.creator else "",
            version=self.sha,
        )


class _Signed(BaseModel):
    name: str = ""
    date: AwareDatetime


class _Written(BaseModel):
    message: str = ""
    author: _Signed | None = None
    committer: _Signed


class _Commit(BaseModel):
    sha: str
    commit: _Written
    author: _Person | None = None

    def change(self) -> Change:
        """It, by when it was committed: that comes nearer to its deploy than when it was written."""
        named = self.commit.author.name if self.commit.author else ""
        return Change(
            at=self.commit.committer.date.astimezone(UTC),
            what=self.commit.message.partition("\n")[0],
            who=(self.author.login if self.author else "") or named,
            version=self.sha,
        )


class _Status(BaseModel):
    state: str


_DEPLOYMENTS, _COMMITS = TypeAdapter(list[_Deployment]), TypeAdapter(list[_Commit])
_STATUSES = TypeAdapter(list[_Status])


def addressed(target: Target) -> Target:
    """The target with an address: GitHub's own where the pack says no other."""
    options: DeploysTarget = target.options
    if options.url or options.url_from:
        return target
    return replace(target, options=options.model_copy(update={"url": PUBLIC}))


async def read(target: Target) -> Found:
    """The newest changes, as many as there are in the time that is asked for, and at least one page.

    Raises:
        Limited, NotThere, Moved, NotTheApi: as they say.
        Exception: what `fetching` raises.
    """
    options: DeploysTarget = target.options
    async with fetching.server(addressed(target), _HEADERS) as server:
        return await _read(server, options, begun(target))


async def _read(server: Server, options: DeploysTarget, now: datetime) -> Found:
    commits = options.of is Of.COMMITS
    path, query = asked(options)
    changes: list[Change] = []
    ids: list[int] = []
    took_ms, more, page = 0.0, True, 0
    while more and page < _PAGES and (not changes or changes[-1].at > now - options.within):
        page += 1
        answer = await server.get(path, query | ({"page": str(page)} if page > 1 else {}), most=_MOST)
        took_ms += answer.took_ms
        if commits and answer.status == HTTPStatus.CONFLICT:  # so it says that the repository is empty
            break
        _willing(answer, now)
        found, known = _parsed(answer, commits=commits)
        changes += found
        ids += known
        more = 'rel="next"' in answer.headers.get("Link", "")
    if ids:
        changes = await _with_states(server, path, changes, ids)
    return Found(
        changes=sorted(changes, key=lambda change: change.at, reverse=True),
        more=more,
        ran=spelt(path, query) + (f"\nGET {path}/{ids[0]}/statuses?per_page=1" if ids else ""),
        took_ms=took_ms,
    )


def asked(options: DeploysTarget) -> tuple[str, dict[str, str]]:
    """Where changes are listed, and the parameters of the first page."""
    commits = options.of is Of.COMMITS
    wanted = {"sha": options.branch} if commits else {"environment": options.environment}
    chosen = {name: value for name, value in wanted.items() if value}
    return f"/repos/{options.github}/{'commits' if commits else 'deployments'}", chosen | {"per_page": str(_ON_A_PAGE)}


def spelt(path: str, query: Mapping[str, str]) -> str:
    """What is asked, as a line."""
    return f"GET {path}?{urlencode(query, safe='/')}"


def _parsed(answer: Answer, *, commits: bool) -> tuple[list[Change], list[int]]:
    """The changes of a page, and the ids of those that are deployments."""
    try:
        if commits:
            return [each.change() for each in _COMMITS.validate_json(answer.body)], []
        deployments = _DEPLOYMENTS.validate_json(answer.body)
    except ValidationError:
        raise NotTheApi(f"{fetching.spoken(answer.status)}, and no list of changes") from None
    return [each.change() for each in deployments], [each.id for each in deployments]


async def _with_states(server: Server, path: str, changes: Sequence[Change], ids: Sequence[int]) -> list[Change]:
    """The changes, the newest of them with how they went; they come in the order of their ids."""
    states = await asyncio.gather(*(_state(server, f"{path}/{one}/statuses") for one in ids[:_STATES]))
    known = [replace(change, state=state) for change, state in zip(changes, states, strict=False)]
    return [*known, *changes[len(known) :]]


async def _state(server: Server, path: str) -> str:
    """How a deployment went; nothing where that is not told, for when it was is worth knowing all the same."""
    try:
        answer = await server.get(path, {"per_page": "1"})
        statuses = _STATUSES.validate_json(answer.body)
    except (aiohttp.ClientError, TooLong, ValidationError):
        return ""
    return statuses[0].state if statuses else ""


def _willing(answer: Answer, now: datetime) -> None:
    """Raises what a status means that is not 200."""
    status = answer.status
    if status in _LIMITED and (until := _limited_until(answer.headers, now, status)):
        raise Limited(until)
    if status in (HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY):
        raise NotThere
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        raise Moved
    if status != HTTPStatus.OK:
        raise Unwilling(status)


def _limited_until(headers: Mapping[str, str], now: datetime, status: int) -> str:
    """When it answers again; nothing where it refused for another reason."""
    after, reset = headers.get("Retry-After", ""), headers.get("X-RateLimit-Reset", "")
    if after.isdigit() and len(after) < 7:
        return f"until {now + timedelta(seconds=int(after)):%H:%M} UTC"
    if headers.get("X-RateLimit-Remaining") == "0":
        known = reset.isdigit() and len(reset) < 12
        return f"until {datetime.fromtimestamp(int(reset), UTC):%H:%M} UTC" if known else "for some time"
    return "for some time" if status == HTTPStatus.TOO_MANY_REQUESTS else ""
