"""What a runbook is drafted from: chapters in the making, and blocks that name what the pack can run."""

import re
from collections.abc import Mapping

from bot.domain.actor import Actor, ActorKind
from bot.domain.errors import UnknownTarget
from bot.domain.rules import Policy
from bot.domain.runbook_run import RunKind, Runnable
from bot.domain.scopes import scope
from bot.postmortem.text import People, clean
from bot.runbooks.write import Written, WrittenItem

#: What stands behind a fence's marks, and within.
Block = tuple[str, str]

#: Characters of a title, and of what somebody said.
_TITLE, _SAID = 150, 1_000
#: What can stand in a block's first line, in quotes where it has spaces.
_WRITABLE = re.compile(r'[^\s`"=]+(?: [^\s`"=]+)*')


class Teller:
    """Says what people wrote, and who they are, in one line of text."""

    def __init__(self, names: Mapping[str, str]) -> None:
        """Args: display names by Slack id."""
        self._people = People(names)

    def plain(self, text: str, limit: int = _SAID) -> str:
        """A text as people read it, without Slack's tokens; at most `limit` characters."""
        return " ".join(clean(self._people.words(text)).split())[:limit].rstrip()

    def line(self, text: str) -> str:
        """A title, or what else is short."""
        return self.plain(text, _TITLE)

    def quote(self, text: str | None, by: Actor | None = None) -> list[str]:
        """What somebody wrote, and who it was; nothing for nothing."""
        said = self.plain(text or "")
        if not said:
            return []
        return [f"{self.actor(by)}: “{said}”" if by else f"“{said}”"]

    def person(self, user: str) -> str:
        """Somebody by name, as far as it is known."""
        return self.line(self._people.names.get(user, user))

    def actor(self, actor: Actor) -> str:
        """Who did something."""
        return "Muster" if actor.kind is ActorKind.BOT else self.person(actor.id)


class Chapter:
    """A chapter in the making. Everything in it is one line of text each."""

    def __init__(self, heading: str, *prose: str) -> None:
        """Args: the heading, and what is read before the first step."""
        self._heading = heading
        self._prose = list(prose)
        self._steps: list[tuple[list[str], Block | None]] = []

    def step(self, title: str, *below: str, runs: Block | None = None) -> None:
        """Add a step."""
        self._steps.append(([title, *below], runs))

    def remark(self, *lines: str) -> None:
        """Add something below the last step, or to what is read before the first."""
        (self._steps[-1][0] if self._steps else self._prose).extend(lines)

    @property
    def steps(self) -> int:
        """How many steps it has."""
        return len(self._steps)

    @property
    def empty(self) -> bool:
        """Whether there is nothing in it."""
        return not self._prose and not self._steps

    @property
    def written(self) -> Written:
        """The chapter as a file has it."""
        items = tuple(WrittenItem(text="\n".join(lines), block=runs) for lines, runs in self._steps)
        return Written(heading=self._heading, prose="\n\n".join(self._prose), items=items)


def check(phrase: str, policy: Policy) -> Block | None:
    """A block that asks what `diag` was asked; None for what the pack does not know, or what cannot be written there.

    Args:
        phrase: what stands after `diag`.
        policy: the pack.
    """
    try:
        meant = scope(policy, phrase)
    except UnknownTarget:
        return None
    named = {"target": meant.name} | ({"name": ",".join(meant.checks)} if meant.checks else {})
    return _block(("check",), named, f"diag {meant.phrase}")


def action(name: str, given: Mapping[str, str], policy: Policy) -> Block | None:
    """A block that asks for an action, with the parameters that hold the next time as well; None as for `check`.

    What was filled in from a diagnostic was so on that day: the next run finds its own.
    """
    rule = policy.action(name)
    if rule is None:
        return None
    lasting = {param.name for param in rule.params if param.source is None}
    kept = {key: value for key, value in given.items() if key in lasting and _WRITABLE.fullmatch(value)}
    said = " ".join(("do", rule.name, *(f"{key}={_value(value)}" for key, value in kept.items())))
    return _block(("action", rule.name), kept, said)


def block(runnable: Runnable, policy: Policy) -> Block | None:
    """The block of a step of a runbook; None as for `check`."""
    if runnable.kind is RunKind.CHECK:
        return check(runnable.does, policy)
    return action(runnable.does, runnable.given, policy)


def _block(words: tuple[str, ...], named: Mapping[str, str], body: str) -> Block | None:
    if not all(_WRITABLE.fullmatch(value) for value in (*words, *named.values())):
        return None
    return " ".join((*words, *(f"{key}={_value(value)}" for key, value in named.items()))), body


def _value(value: str) -> str:
    return f'"{value}"' if " " in value else value
