"""What is done to a Postgres: ending a session, and changing rows."""

from collections.abc import Iterator
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from bot.domain.params import ParamType
from bot.policy.actions.base import AtATarget, Place
from bot.policy.actions.params import ParamRule
from bot.policy.actions.statement import CHANGES, parse_statement
from bot.policy.targets.base import Wrong
from bot.policy.types import Duration, Prose

#: A statement may change so many rows where the file does not say how many.
MOST_ROWS = 1000

_PID = ParamRule.model_validate(
    {"name": "pid", "type": "integer", "title": "Process id", "min": 1, "from": {"check": "locks", "fact": "pid"}}
)

Sql = Annotated[Prose, Field(min_length=1)]


class EndMode(StrEnum):
    """How a session is ended."""

    TERMINATE = "terminate"
    CANCEL = "cancel"


class EndSessionAction(AtATarget):
    """Ends a session of a Postgres, or only what it runs, so that others need not wait for it."""

    fits: ClassVar[tuple[str, ...]] = ("postgres", "sql")

    kind: Literal["end_session"]
    params: tuple[ParamRule, ...] = Field(
        (_PID,), max_length=10, description="One called `pid`. Left out, it is taken from the check `locks`."
    )
    mode: EndMode = Field(
        EndMode.TERMINATE, description="`terminate` ends the session, `cancel` only the statement that it runs."
    )

    def placeholders(self) -> Iterator[tuple[Place, str]]:
        """The session's process id."""
        yield ("params",), "pid"

    def wrong(self) -> Iterator[Wrong]:
        """A process id that is no number."""
        yield from super().wrong()
        for index, param in enumerate(self.params):
            if param.name == "pid" and param.type is not ParamType.INTEGER:
                yield ("params", index, "type"), "A process id is a whole number: write `type: integer`."


class SqlAction(AtATarget):
    """One statement, whose parameters are bound and never pasted into it."""

    fits: ClassVar[tuple[str, ...]] = ("postgres", "sql")

    kind: Literal["sql"]
    sql: Sql = Field(description="One statement, with `:name` for each parameter.")
    rehearse: Sql | None = Field(
        None, description="A SELECT that shows what would change. Left out, the statement is run and rolled back."
    )
    most_rows: int = Field(
        MOST_ROWS, ge=1, le=1_000_000, strict=True, description="More rows than this are never changed at once."
    )
    lock_timeout: Duration = Field(timedelta(seconds=2), description="How long it waits for somebody's lock.")

    def placeholders(self) -> Iterator[tuple[Place, str]]:
        """Those behind colons."""
        for key, text in self._texts():
            for name in parse_statement(text).names:
                yield (key,), name

    def wrong(self) -> Iterator[Wrong]:
        """Numbered parameters, rehearsals that change something, and what no roll-back undoes."""
        yield from super().wrong()
        for key, text in self._texts():
            statement = parse_statement(text)
            if statement.numbered:
                yield (key,), "Write :name for a parameter, not $1."
            if statement.several:
                yield (key,), "It is more than one statement. Write one, and an action for each of the others."
        if self.rehearse is not None and parse_statement(self.rehearse).first not in ("select", "with", "values"):
            yield ("rehearse",), "A rehearsal changes nothing: write a SELECT."
        if self.rehearse is None and parse_statement(self.sql).first not in CHANGES:
            message = "A rehearsal that is rolled back undoes only INSERT, UPDATE, DELETE and MERGE. Add `rehearse`."
            yield ("sql",), message

    def _texts(self) -> Iterator[tuple[str, str]]:
        yield "sql", self.sql
        if self.rehearse is not None:
            yield "rehearse", self.rehearse
