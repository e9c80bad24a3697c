"""Messages by name: a template and its values in, Block Kit and plain text out."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar

from jinja2 import TemplateNotFound

from bot.messages import limits
from bot.messages.blocks import assemble, text_of
from bot.messages.cut import cut
from bot.messages.environment import collecting, environment
from bot.messages.faults import TemplateFault, guarded
from bot.messages.markdown import fill, parse
from bot.messages.nodes import Context, Header, Node, Runs, Section
from bot.messages.runs import Run, escape, fallback, literal, mrkdwn
from bot.paths import TEMPLATES

_Made = TypeVar("_Made")
_log = logging.getLogger(__name__)

_MESSAGE: Final = "message.md.j2"
_FALLBACK: Final = "fallback.txt.j2"
_LINES: Final = "lines"
_LINE_SUFFIX: Final = ".txt.j2"
_DELAYED: Final = "delayed"


@dataclass(frozen=True, slots=True)
class Message:
    """What Slack is sent: `blocks`, and `text` for notifications and screen readers."""

    text: str
    blocks: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Delay:
    """When something was `said`, and when Slack could be `told`, for a message that comes late."""

    said: datetime
    told: datetime


class Messages:
    """All of the templates, with those of a pack in front. Built once; rendering does no I/O after the first time."""

    def __init__(
        self,
        *,
        pack: str | None = None,
        root: Path = TEMPLATES,
        public_url: str | None = None,
        command: str = "/incident",
    ) -> None:
        """Finds the templates.

        Args:
            pack: A name under `packs/`, whose templates override those of `slack/` by name.
            root: The directory that holds `slack/` and `packs/`.
            public_url: The base of links, for templates as `public_url`; None when there is none.
            command: The slash command, for templates as `command`.
        """
        self._root, self._globals = root, {"public_url": public_url, "command": command}
        # Behind a pack's broken template stands ours of the same name.
        self._ours = Messages(root=root, public_url=public_url, command=command) if pack else None
        self.reread(pack)

    def reread(self, pack: str | None) -> None:
        """Find the templates anew: those of a pack may have changed."""
        own = [self._root / "packs" / pack / "slack"] if pack else []
        self._folders = [*own, self._root / "slack"]
        self._env = environment(self._folders, self._globals)

    def names(self) -> list[str]:
        """The messages that there are, sorted; lines are `line_names`."""
        found = {path.parent.name for folder in self._folders for path in folder.glob(f"*/{_MESSAGE}")}
        return sorted(found)

    def line_names(self) -> list[str]:
        """The one-line texts that there are, sorted."""
        files = (path.name for folder in self._folders for path in folder.glob(f"{_LINES}/*{_LINE_SUFFIX}"))
        return sorted({name.removesuffix(_LINE_SUFFIX) for name in files})

    def render(self, name: str, /, *, ref: str | None = None, delay: Delay | None = None, **context: Any) -> Message:
        """The message of that name.

        Args:
            name: A folder under `templates/slack`.
            ref: The incident's reference: the value of every button, and `ref` in the template.
            delay: Why it comes late, which its small print and its plain text then say, however long it is.
            context: The template's variables. Text from outside is given as it is; it is escaped here.

        Raises:
            TemplateFault: The template is absent, is broken, or lacks a variable.
        """
        return self._guarded(name, lambda: self._render(name, ref, delay, context))

    def render_safely(
        self, name: str, /, *, ref: str | None = None, delay: Delay | None = None, **context: Any
    ) -> Message:
        """The message of that name; ours where the pack's is broken, and a plain one where ours is.

        A broken template costs no incident its message. It never raises, and logs one line for each fault.
        """
        try:
            return self.render(name, ref=ref, delay=delay, **context)
        except TemplateFault as fault:
            _log.warning("template %s can't be rendered, another is sent instead: %s", name, fault)
            if self._ours:
                return self._ours.render_safely(name, ref=ref, delay=delay, **context)
            return _stand_in(name, ref, context)

    def line_safely(self, name: str, /, **context: Any) -> str:
        """The line of that name; ours where the pack's is broken, and the incident's reference where ours is."""
        try:
            return self.line(name, **context)
        except TemplateFault as fault:
            _log.warning("line %s can't be rendered, another is sent instead: %s", name, fault)
            return self._ours.line_safely(name, **context) if self._ours else _stand_in_line(context)

    def line(self, name: str, /, **context: Any) -> str:
        """A text of one line, such as a channel's topic: escaped, and cut to where it goes.

        Raises:
            TemplateFault: The template is absent, is broken, or lacks a variable.
        """
        return self._guarded(name, lambda: self._line(name, context))

    def _render(self, name: str, ref: str | None, delay: Delay | None, context: dict[str, Any]) -> Message:
        with collecting() as values:
            markdown = self._env.get_template(f"{name}/{_MESSAGE}").render(ref=ref, **context)
        nodes = parse(markdown, values)
        note = limits.CUT_NOTES.get(name, limits.CUT_NOTE)
        stamp = self._stamp(delay) if delay else ()
        last = f"\n{fallback(stamp)}" if stamp else ""
        limit = limits.TEXT - len(last)
        text = self._text(name, ref, context, limit) or text_of(nodes, note, limit)
        return Message(text + last, assemble([*nodes, *([Context(stamp, kept=True)] if stamp else [])], ref, note))

    def _stamp(self, delay: Delay) -> Runs:
        with collecting() as values:
            text = self._env.get_template(f"{_LINES}/{_DELAYED}{_LINE_SUFFIX}").render(said=delay.said, told=delay.told)
        return tuple(fill(" ".join(text.split()), values, raw=True))

    def _text(self, name: str, ref: str | None, context: dict[str, Any], limit: int) -> str | None:
        try:
            template = self._env.get_template(f"{name}/{_FALLBACK}")
        except TemplateNotFound:
            return None
        with collecting() as values:
            text = template.render(ref=ref, **context)
        return cut(fill(text.strip(), values, raw=True), limit, shape=fallback)

    def _line(self, name: str, context: dict[str, Any]) -> str:
        with collecting() as values:
            text = self._env.get_template(f"{_LINES}/{name}{_LINE_SUFFIX}").render(**context)
        limit = limits.LINES.get(name, limits.LINE)
        return cut(fill(" ".join(text.split()), values, raw=True), limit, shape=_one_line, note=limits.ELLIPSIS)

    def _guarded(self, name: str, make: Callable[[], _Made]) -> _Made:
        return guarded(name, lambda: self.file_of(name), make)

    def file_of(self, name: str) -> str:
        """The file of a message's template, of the pack where it overrides ours; the name itself when there is none."""
        found = (folder / name / _MESSAGE for folder in self._folders)
        return str(next((path for path in found if path.is_file()), name))


def _one_line(runs: Any) -> str:
    return " ".join(mrkdwn(runs).split())


def _stand_in_line(context: dict[str, Any]) -> str:
    return escape(str(getattr(context.get("incident"), "ref", "")))


def _stand_in(name: str, ref: str | None, context: dict[str, Any]) -> Message:
    incident = context.get("incident")
    private = bool(context.get("private", getattr(incident, "private", False)))
    title = context.get("title", getattr(incident, "title", None))
    # Where the message goes is not known here, and a private incident's title stays in its channel.
    words = " · ".join(part for part in (ref, None if private or title is None else str(title)) if part)
    nodes: list[Node] = [
        Header(literal(name.replace("_", " ").capitalize())),
        Section(literal(words)),
        Context(
            (Run("This message's template has a fault, so only the essential is shown. The incident is recorded."),)
        ),
    ]
    return Message(text_of(nodes), assemble(nodes, ref))
