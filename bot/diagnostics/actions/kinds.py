"""The kinds of actions there are. A test holds them to the sections of the policy."""

from collections.abc import Mapping

from bot.diagnostics.actions.command import COMMAND
from bot.diagnostics.actions.end_session import END_SESSION
from bot.diagnostics.actions.flush import FLUSH
from bot.diagnostics.actions.http import HTTP
from bot.diagnostics.actions.kind import ActionKind
from bot.diagnostics.actions.sql import SQL

ACTION_KINDS: Mapping[str, ActionKind] = {kind.name: kind for kind in (END_SESSION, SQL, COMMAND, HTTP, FLUSH)}
