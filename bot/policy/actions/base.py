"""What every action of the policy has, whatever its kind."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Any, ClassVar

from pydantic import Field

from bot.domain.action_rules import ActionRule
from bot.policy.actions.params import ParamRule
from bot.policy.allowed import AllowedRule, ApprovalsRule
from bot.policy.targets.base import Wrong, settings_of
from bot.policy.types import Alias, Duration, Line, Name, Section, Setting, Text

#: Longer, and whoever waits for it in the channel takes it for lost.
LONGEST = timedelta(minutes=15)

Place = tuple[str | int, ...]
Sentence = Annotated[Text, Field(min_length=1, max_length=300)]

_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def placeholders(text: str) -> list[str]:
    """The names in braces in a text, in order."""
    return _PLACEHOLDER.findall(text)


def whole(value: Any) -> str | None:
    """The name of the parameter that a value is, where it is nothing but `{name}`."""
    found = _PLACEHOLDER.fullmatch(value) if isinstance(value, str) else None
    return found[1] if found else None


class ActionSection(Section):
    """An action: what it does, to what, with which parameters, and who has to agree."""

    #: The kinds of targets that it can be done to; none named: any.
    fits: ClassVar[tuple[str, ...]] = ()

    kind: str
    name: Name
    title: Line = ""
    aliases: tuple[Alias, ...] = ()
    does: Sentence = Field(description="One sentence that people read before they confirm it.")
    target: Name | None = Field(None, description="The target that it is done to.")
    params: tuple[ParamRule, ...] = Field((), max_length=10, description="What somebody has to say.")
    offered_on: tuple[Name, ...] = Field((), description="Checks whose result offers it where it is red.")
    approvals: ApprovalsRule = ApprovalsRule()
    allowed: AllowedRule = Field(AllowedRule(), description="Who may ask for it.")
    expires: Duration = Field(timedelta(minutes=15), description="How long it may be run once it was asked for.")
    timeout: Duration = Field(timedelta(seconds=30), description="For one run.")
    verify: Line = Field("", description="What is diagnosed afterwards, such as `db locks`.")

    def placeholders(self) -> Iterator[tuple[Place, str]]:
        """The parameters that it uses, each with the place where it does."""
        yield from ()

    def wrong(self) -> Iterator[Wrong]:
        """What no single key of it shows to be wrong."""
        yield from self._wrong_params()
        yield from self._wrong_uses()
        if self.timeout > LONGEST:
            yield ("timeout",), "It is more than 15m, which is the most."
        if self.approvals.count == 0:
            for key in ("roles", "groups", "emergency"):
                if getattr(self.approvals, key):
                    yield ("approvals", key), "Nobody has to agree with `count: 0`. Drop this, or raise `count`."

    def _wrong_params(self) -> Iterator[Wrong]:
        names = [param.name for param in self.params]
        for index, param in enumerate(self.params):
            for place, message in param.wrong():
                yield ("params", index, *place), message
            if param.name in names[:index]:
                yield ("params", index, "name"), f"There are two parameters “{param.name}”. Choose another name."

    def _wrong_uses(self) -> Iterator[Wrong]:
        names = [param.name for param in self.params]
        used = list(self.placeholders())
        for place, name in used:
            if name not in names:
                yield place, f"There is no parameter “{name}”. Add it to `params`, or drop it here."
        for index, name in enumerate(names):
            if name not in [other for _, other in used]:
                yield ("params", index, "name"), f"“{name}” is used nowhere. Use it, or drop the parameter."

    def rule(self) -> ActionRule:
        """The action as the core sees it, with all of this for those who know its kind."""
        shared = {name: getattr(self, name) for name in ActionSection.model_fields}
        made = {
            "params": tuple(param.param() for param in self.params),
            "approvals": self.approvals.approvals(),
            "allowed": self.allowed.allowed(),
        }
        return ActionRule(**shared | made, options=self)

    def settings(self) -> Iterator[str]:
        """The names of the settings that it reads: addresses and credentials."""
        yield from settings_of(self)


class AtATarget(ActionSection):
    """An action that is nothing without its target, perhaps with a login of its own."""

    target: Name = Field(description="The target that it is done to.")
    url_from: Setting | None = Field(
        None, description="The setting with an address that may change things. Left out, the target's."
    )
