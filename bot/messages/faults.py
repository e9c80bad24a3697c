"""What is wrong with a template, and in which line."""

import traceback
from collections.abc import Callable
from typing import TypeVar

from blockkit.core import ComponentValidationError, FieldValidationError
from jinja2 import TemplateNotFound, TemplateSyntaxError

_Made = TypeVar("_Made")


class TemplateFault(Exception):
    """A template could not be rendered."""

    def __init__(self, name: str, file: str, line: int, what: str) -> None:
        super().__init__(f"{file}:{line}: {what}")
        self.name = name
        self.file = file
        self.line = line
        self.what = what


def guarded(name: str, file_of: Callable[[], str], make: Callable[[], _Made]) -> _Made:
    """What `make` makes of the template of that name.

    Args:
        name: the template.
        file_of: says its file, where a problem does not say it itself.
        make: renders it.

    Raises:
        TemplateFault: it can't be rendered, for whatever reason.
    """
    try:
        return make()
    except TemplateNotFound as problem:
        raise TemplateFault(name, str(problem.name), 1, "there is no such template") from problem
    except TemplateSyntaxError as problem:
        file = problem.filename or problem.name or name
        raise TemplateFault(name, file, problem.lineno, problem.message or "syntax error") from problem
    except (ComponentValidationError, FieldValidationError) as problem:
        raise TemplateFault(name, file_of(), 1, str(problem)) from problem
    except Exception as problem:  # a template runs whatever its author wrote
        file, line = _place(problem) or (file_of(), 1)
        raise TemplateFault(name, file, line, f"{type(problem).__name__}: {problem}") from problem


def _place(problem: Exception) -> tuple[str, int] | None:
    """Where in a template a problem arose: Jinja puts the template's own lines into the traceback."""
    frames = traceback.extract_tb(problem.__traceback__)
    return next(((f.filename, f.lineno or 1) for f in reversed(frames) if f.filename.endswith(".j2")), None)
