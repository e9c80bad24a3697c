"""The review's templates: Jinja that escapes Markdown, and a pack's own templates before ours."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from bot.paths import TEMPLATES
from bot.postmortem.text import Md, inline

#: Where the review's templates are, below `templates/` and below `templates/packs/<pack>/`.
ROOM = "postmortem"


@lru_cache(maxsize=8)
def environment(pack: str) -> Environment:
    """The environment of a pack, made once.

    Whatever a template places is text and is escaped as such, unless it is `Md`; None shows as a dash.
    """
    places = [TEMPLATES / ROOM]
    if Path(pack).name == pack:
        places.insert(0, TEMPLATES / "packs" / pack / ROOM)
    return Environment(
        loader=FileSystemLoader(places),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 (Jinja's own is for HTML; `finalize` escapes for Markdown instead)
        finalize=_place,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def forget_templates() -> None:
    """Look for the templates again: a pack may have got others."""
    environment.cache_clear()


@pass_context
def _place(context: Context, value: Any) -> str:
    if isinstance(value, Md):
        return value
    return "—" if value is None else inline(context["words"](str(value)))


class Lines:
    """The sentences of `lines.md.j2`, one macro each, as functions that return Markdown."""

    def __init__(self, pack: str, helpers: dict[str, Any]) -> None:
        """Args: the pack's name, and what the macros may use besides their arguments."""
        self._module = environment(pack).get_template("lines.md.j2").make_module(helpers)

    def __getattr__(self, name: str) -> Callable[..., Md]:
        macro = getattr(self._module, name)

        def sentence(*args: Any, **kwargs: Any) -> Md:
            return Md(macro(*args, **kwargs).strip())

        # Found without being asked for the next time: a long timeline has ten thousand sentences of a few kinds.
        self.__dict__[name] = sentence
        return sentence
