"""How a command ends: an exit status, and for whatever somebody can mend a sentence on standard error."""

import asyncio
import sys
from collections.abc import Coroutine
from typing import Any, NoReturn, TypeVar

import typer

from bot.cli.terminal import advise, complain
from bot.domain.errors import DomainError

OK = 0
#: It could not be done, or was found to be wrong.
FAULT = 1
#: A setting, a policy or the command itself is wrong: nothing was tried.
USAGE = 2
INTERRUPTED = 130

#: Postgres says so of a table or a column that is not there.
_NOT_MIGRATED = frozenset({"42P01", "42703"})

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T], *, fault: int = FAULT) -> T:
    """Run a command's work to its end.

    Args:
        work: what the command does.
        fault: the exit status of what cannot be done.

    Raises:
        typer.Exit: it could not be done; the reason has been printed.
    """
    from sqlalchemy.exc import ProgrammingError

    from bot.policy.faults import PolicyFault
    from bot.settings import SettingsFault
    from bot.store.database import DatabaseUnavailable
    from bot.store.pgctl import EmbeddedFailed

    try:
        with asyncio.Runner(loop_factory=_loop) as runner:
            return runner.run(work)
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None
    except SettingsFault as error:
        stop(str(error), status=USAGE)
    except PolicyFault as error:
        stop(str(error), status=USAGE)
    except DomainError as error:
        stop(error.sentence, error.hint, status=fault)
    except (DatabaseUnavailable, EmbeddedFailed) as error:
        stop(str(error) or (error.__doc__ or ""), status=fault)
    except ProgrammingError as error:
        if getattr(error.orig, "sqlstate", None) not in _NOT_MIGRATED:
            raise
        stop("The database does not have this version's tables.", "Run muster migrate first.", status=fault)


def _loop() -> asyncio.AbstractEventLoop:
    """An event loop: uvloop's where it runs, which PgQueuer brings along anyway."""
    if sys.platform == "win32":
        return asyncio.new_event_loop()
    import uvloop

    return uvloop.new_event_loop()


def stop(sentence: str, hint: str | None = None, *, status: int = FAULT) -> NoReturn:
    """Say why, say what helps, and end with an exit status."""
    complain(sentence)
    if hint:
        advise(hint)
    raise typer.Exit(status)
