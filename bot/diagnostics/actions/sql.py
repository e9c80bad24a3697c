"""Runs one statement of the pack, with values that are bound and never pasted, and no more rows than it allows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from bot.diagnostics.actions.action import Attempt, Ending, NotReady, Outcome, Rehearsal
from bot.diagnostics.actions.kind import ActionKind
from bot.diagnostics.actions.postgres import acting, against, means
from bot.diagnostics.judging import count
from bot.diagnostics.result import Rows
from bot.domain.params import Value, as_text
from bot.policy.actions.postgres import SqlAction
from bot.policy.actions.statement import CHANGES, Statement, parse_statement

#: The part of the time that one statement may take.
_PATIENCE = 0.8


def ran(attempt: Attempt) -> str:
    """The statement, and what its parameters are."""
    options: SqlAction = attempt.options
    statement = parse_statement(options.sql)
    bound = [
        f"-- ${number} {name} = {as_text(attempt.given[name])}" for number, name in enumerate(statement.names, start=1)
    ]
    return "\n".join([statement.sql, *bound])


@dataclass(frozen=True, slots=True)
class _Found:
    """What a statement did: how many rows, and those that it gave back."""

    number: int
    rows: Rows | None
    more: bool = False


async def rehearse(attempt: Attempt) -> Rehearsal:
    """What the pack's own SELECT shows; without one, what the statement does before it is rolled back."""
    options: SqlAction = attempt.options
    statement = parse_statement(options.rehearse or options.sql)
    async with acting(attempt) as connection:
        transaction = connection.transaction(readonly=options.rehearse is not None)
        await transaction.start()
        await _limit(connection, attempt)
        found = await _run(connection, statement, attempt.given, options.most_rows)
        # What is checked only at a commit is checked now.
        await connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
        await transaction.rollback()
    many = "more than " * found.more + count(found.number, "row")
    shown = f"The rehearsal finds {many}." if options.rehearse else f"Changes {many}. It was tried and rolled back."
    if found.more or (options.rehearse is None and found.number > options.most_rows):
        return Rehearsal(
            ready=False,
            lines=(shown,),
            why_not=f"That is over the {count(options.most_rows, 'row')} which the policy allows at once.",
            next_step="Narrow it down with other values.",
            rows=found.rows,
        )
    return Rehearsal(ready=True, lines=(attempt.action.rule.does, shown), rows=found.rows)


async def perform(attempt: Attempt) -> Outcome:
    """Runs the statement in a transaction, which is committed only where it changes as few rows as it may."""
    options: SqlAction = attempt.options
    statement = parse_statement(options.sql)
    async with acting(attempt) as connection:
        transaction = connection.transaction()
        await transaction.start()
        await _limit(connection, attempt)
        # What a roll-back does not undo may be done from here on.
        attempt.sent = statement.first not in CHANGES
        found = await _run(connection, statement, attempt.given, options.most_rows)
        if found.more or found.number > options.most_rows:
            await transaction.rollback()
            raise NotReady(
                f"It would have changed more than {count(options.most_rows, 'row')}, the most that the policy allows",
                "It was rolled back. Narrow it down with other values.",
            )
        await connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
        attempt.sent = True
        await transaction.commit()
    return Outcome(verdict=Ending.DONE, said=f"It ran: {count(found.number, 'row')}.", rows=found.rows)


async def _limit(connection: Any, attempt: Attempt) -> None:
    options: SqlAction = attempt.options
    statement_ms = max(1, round(attempt.action.timeout_s * 1000 * _PATIENCE))
    lock_ms = max(1, min(statement_ms, round(options.lock_timeout.total_seconds() * 1000)))
    await connection.execute(f"SET LOCAL statement_timeout = {statement_ms}; SET LOCAL lock_timeout = {lock_ms}")


async def _run(connection: Any, statement: Statement, given: Mapping[str, Value], most: int) -> _Found:
    """Runs a statement, and reads at most one row more than it may give.

    Raises:
        NotReady: a value is not of the type that the statement wants.
    """
    prepared = await connection.prepare(statement.sql)
    types = [parameter.name for parameter in prepared.get_parameters()]
    if len(types) != len(statement.names):
        raise NotReady("The statement has other parameters than the policy says", "Mend `sql` in the policy pack.")
    values = [_typed(name, given[name], of) for name, of in zip(statement.names, types, strict=True)]
    if not prepared.get_attributes():
        await prepared.fetch(*values)
        return _Found(_affected(prepared.get_statusmsg()), None)
    cursor = await prepared.cursor(*values)
    rows = await cursor.fetch(most + 1)
    return _Found(min(len(rows), most), _table(rows), more=len(rows) > most)


def _table(rows: Sequence[Any]) -> Rows | None:
    if not rows:
        return None
    return Rows.of(rows[0].keys(), (row.values() for row in rows))


def _affected(status: str) -> int:
    """How many rows `UPDATE 3` says."""
    last = status.rpartition(" ")[2]
    return int(last) if last.isdigit() else 0


def _typed(name: str, value: Value, of: str) -> Any:
    """A value as asyncpg takes it for a type of Postgres.

    Raises:
        NotReady: it is none of that type.
    """
    text = as_text(value)
    try:
        match of:
            case "int2" | "int4" | "int8" | "oid":
                return int(text)
            case "float4" | "float8":
                return float(text)
            case "numeric":
                return Decimal(text)
            case "bool":
                return value if isinstance(value, bool) else {"true": True, "false": False}[text]
            case "date":
                return date.fromisoformat(text)
            case "timestamp" | "timestamptz":
                return datetime.fromisoformat(text)
            case _:
                return text
    except (ValueError, ArithmeticError, LookupError):
        raise NotReady(f"The value of `{name}` is no {of}, which the statement wants") from None


SQL = ActionKind(
    name="sql", options=SqlAction, ran=ran, against=against, rehearse=rehearse, perform=perform, means=means
)
