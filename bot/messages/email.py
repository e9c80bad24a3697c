"""E-mails by name: a subject, and one Markdown template that becomes plain text and simple HTML."""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from bot.messages import limits
from bot.messages.cut import shorten
from bot.messages.environment import collecting, environment
from bot.messages.faults import TemplateFault, guarded
from bot.messages.markdown import fill, parse
from bot.messages.nodes import (
    Actions,
    Context,
    Divider,
    Fields,
    Form,
    Header,
    Listing,
    Node,
    Runs,
    Section,
    Table,
    Ticks,
    reading,
)
from bot.messages.runs import Run, plain
from bot.paths import TEMPLATES

_log = logging.getLogger(__name__)

_FOLDER: Final = "email"
_SUBJECT: Final = "subject.txt.j2"
_MESSAGE: Final = "message.md.j2"
_PAGE: Final = "page.html.j2"
#: Longer subjects are cut by most programs that show them.
SUBJECT: Final = 200
#: The address in a link's mark, which the filters make for Slack.
_LINKED: Final = re.compile(r"<((?:https?://|mailto:)[^<>|]+)\|")
_TAGS: Final = {"code": "code", "bold": "strong", "italic": "em", "strike": "s"}


@dataclass(frozen=True, slots=True)
class MailText:
    """What an e-mail says: a subject of one line, plain text, and the same as HTML where there is some."""

    subject: str
    text: str
    html: str | None


class Mails:
    """The e-mails' templates, with those of a pack in front. Built once; rendering does no I/O after the first time."""

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
            pack: a name under `packs/`, whose templates override those of `email/` by name.
            root: the directory that holds `email/` and `packs/`.
            public_url: the base of links, for templates as `public_url`; None when there is none.
            command: the slash command, for templates as `command`.
        """
        self._root, self._globals = root, {"public_url": public_url, "command": command}
        self._ours = Mails(root=root, public_url=public_url, command=command) if pack else None
        self.reread(pack)

    def reread(self, pack: str | None) -> None:
        """Find the templates anew: those of a pack may have changed."""
        own = [self._root / "packs" / pack / _FOLDER] if pack else []
        self._folders = [*own, self._root / _FOLDER]
        self._env = environment(self._folders, self._globals)
        self._pages = Environment(
            loader=ChoiceLoader([FileSystemLoader(folder) for folder in self._folders]),
            autoescape=True,
            undefined=StrictUndefined,
            auto_reload=False,
        )

    def names(self) -> list[str]:
        """The e-mails that there are, sorted."""
        return sorted({path.parent.name for folder in self._folders for path in folder.glob(f"*/{_MESSAGE}")})

    def render(self, name: str, /, *, ref: str, **context: Any) -> MailText:
        """The e-mail of that name.

        Args:
            name: a folder under `templates/email`.
            ref: the incident's reference.
            context: the template's variables. Text from outside is given as it is; it is escaped here.

        Raises:
            TemplateFault: the template is absent, is broken, or lacks a variable.
        """
        return guarded(name, lambda: self.file_of(name), lambda: self._render(name, context | {"ref": ref}))

    def render_safely(self, name: str, /, *, ref: str, **context: Any) -> MailText:
        """The e-mail of that name; ours where the pack's is broken, and a plain one where ours is. It never raises."""
        try:
            return self.render(name, ref=ref, **context)
        except TemplateFault as fault:
            _log.warning("e-mail %s can't be rendered, another is sent instead: %s", name, fault)
            return self._ours.render_safely(name, ref=ref, **context) if self._ours else _stand_in(ref, context)

    def file_of(self, name: str) -> str:
        """The file of an e-mail's text, of the pack where it overrides ours; the name itself when there is none."""
        found = (folder / name / _MESSAGE for folder in self._folders)
        return str(next((path for path in found if path.is_file()), name))

    def _render(self, name: str, context: dict[str, Any]) -> MailText:
        with collecting() as values:
            subject = self._env.get_template(f"{name}/{_SUBJECT}").render(context)
        line = one_line(plain(fill(subject, values)))
        with collecting() as values:
            markdown = self._env.get_template(f"{name}/{_MESSAGE}").render(context)
        nodes = parse(markdown, values)
        incident, severity = context.get("incident"), context.get("severity")
        page = self._pages.get_template(_PAGE).render(
            subject=line,
            body=Markup("\n").join(_html(node) for node in nodes),
            light="green" if getattr(incident, "over", False) else getattr(severity, "emoji", ""),
        )
        return MailText(line, "\n\n".join(text for node in nodes if (text := _text(node))) + "\n", page)


def one_line(text: str) -> str:
    """Text for a header: no line of it can begin another header."""
    words = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return words if len(words) <= SUBJECT else words[: SUBJECT - 1].rstrip() + "…"


def _text(node: Node) -> str:
    match node:
        case Header(runs):
            words = one_line(plain(runs))
            return f"{words}\n{'=' * min(len(words), 72)}"
        case Section(runs, Form.QUOTE):
            return "\n".join(f"> {line}".rstrip() for line in _words(runs).split("\n"))
        case Section(runs) | Context(runs):
            return _words(runs)
        case Listing(items):
            return "\n".join(_words(item) for item in items)
        case Fields(fields):
            return "\n".join(f"{plain(label)} {_words(value)}" for label, value in fields)
        case Table(rows):
            return "\n".join(" | ".join(plain(cell) for cell in row) for row in rows)
        case Divider():
            return "---"
        case Ticks():  # nor boxes: what is ticked is said
            return _words(reading(node))
        case Actions():  # a mail has no buttons that act
            return ""


def _words(runs: Runs) -> str:
    """Plain text in which a link's address stands behind its label."""
    parts = []
    for run in shorten(runs, limits.SECTION):
        address = _address(run)
        parts.append(f"{run.text}: {address}" if address and address != run.text else run.text)
    return "".join(parts).strip()


def _html(node: Node) -> Markup:  # noqa: C901 (a table)
    """A paragraph that is a link and nothing else is drawn as a button."""
    match node:
        case Header(runs):
            return Markup("<h1>{}</h1>").format(_inline(runs))
        case Section(runs, Form.QUOTE):
            return Markup("<blockquote>{}</blockquote>").format(_inline(runs))
        case Section(runs, Form.FENCE):
            return Markup("<pre>{}</pre>").format(plain(shorten(runs, limits.SECTION)))
        case Section((Run() as run,)) if address := _address(run):
            return Markup('<p><a class="button" href="{}">{}</a></p>').format(address, run.text)
        case Section(runs):
            return Markup("<p>{}</p>").format(_inline(runs))
        case Context(runs):
            return Markup('<p class="small">{}</p>').format(_inline(runs))
        case Listing(items):
            return Markup('<p class="list">{}</p>').format(Markup("<br>").join(_inline(item) for item in items))
        case Ticks():
            return Markup('<p class="list">{}</p>').format(_inline(reading(node)))
        case Fields(fields):
            row = Markup("<tr><th>{}</th><td>{}</td></tr>")
            rows = Markup().join(row.format(plain(label).rstrip(":"), _inline(value)) for label, value in fields)
            return Markup('<table class="fields" role="presentation">{}</table>').format(rows)
        case Table(rows):
            return Markup("<table>{}</table>").format(Markup().join(_row(row) for row in rows))
        case Divider():
            return Markup("<hr>")
        case Actions():
            return Markup()


def _row(cells: Sequence[Runs]) -> Markup:
    return Markup("<tr>{}</tr>").format(Markup().join(Markup("<td>{}</td>").format(_inline(cell)) for cell in cells))


def _inline(runs: Runs) -> Markup:
    stretches = groupby(shorten(runs, limits.SECTION), key=lambda run: (run.styles, _address(run)))
    return Markup().join(_styled(plain(stretch), *how) for how, stretch in stretches)


def _styled(text: str, styles: frozenset[str], address: str | None) -> Markup:
    made = Markup("<br>").join(escape(line) for line in text.split("\n"))
    if address:
        made = Markup('<a href="{}">{}</a>').format(address, made)
    for style, tag in _TAGS.items():
        if style in styles:
            made = Markup("<{0}>{1}</{0}>").format(Markup(tag), made)  # noqa: S704 (a constant of ours)
    return made


def _address(run: Run) -> str | None:
    found = _LINKED.match(run.mark) if run.mark else None
    return found[1].replace("&amp;", "&") if found else None


def _stand_in(ref: str, context: dict[str, Any]) -> MailText:
    incident = context.get("incident")
    private = bool(getattr(incident, "private", True))
    title = "Private incident" if private else one_line(str(getattr(incident, "title", "")))
    severity = getattr(incident, "severity", "")
    what_to_do = f"You are needed: {ref}. Open its channel in Slack, or run: muster incident show {ref}"
    subject = one_line(f"[{severity}] {title} · you are needed · {ref}")
    return MailText(subject, f"{severity} · {title}\n\n{what_to_do}\n", None)
