"""The actions of a policy: a section for each kind. `bot.diagnostics.actions` does them."""

from typing import Annotated

from pydantic import Field

from bot.policy.actions.base import ActionSection
from bot.policy.actions.command import CommandAction
from bot.policy.actions.postgres import EndSessionAction, SqlAction
from bot.policy.actions.redis import FlushAction
from bot.policy.actions.web import HttpAction

#: Every kind's section, by what stands after `kind:`.
ACTIONS: dict[str, type[ActionSection]] = {
    "end_session": EndSessionAction,
    "sql": SqlAction,
    "command": CommandAction,
    "http": HttpAction,
    "flush": FlushAction,
}

#: An action as the file has it.
ActionSectionRule = Annotated[
    EndSessionAction | SqlAction | CommandAction | HttpAction | FlushAction, Field(discriminator="kind")
]

__all__ = ["ACTIONS", "ActionSection", "ActionSectionRule"]
