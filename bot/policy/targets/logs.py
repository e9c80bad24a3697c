"""Logs as targets: a Grafana Loki, and files on the machine where Muster runs. Both are asked for patterns."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from bot.policy.targets.base import AtAnAddress, TargetSection, Wrong
from bot.policy.targets.host import AbsolutePath
from bot.policy.types import Duration, Line, Name, Number, Section, Setting, Zone

#: How long a window may be: it is looked at twice, with what came before.
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(days=1)
MOST_PATTERNS = 20

_LABEL = r'[a-zA-Z_]\w*\s*(?:=~|!~|!=|=)\s*(?:"(?:[^"\\]|\\.)*"|`[^`]*`)'
_SELECTOR = re.compile(rf"\{{\s*{_LABEL}(?:\s*,\s*{_LABEL})*\s*,?\s*\}}", re.ASCII)
_MATCHER = re.compile(r'\w\s*(=~|!~|!=|=)\s*(?:"((?:[^"\\]|\\.)*)"|`([^`]*)`)')
_LOOKING_AROUND = re.compile(r"\(\?(?:[=!]|<[=!]|P=|\()|\\[1-9]")
#: A repeated group that repeats something, or has a choice: what can take for ever.
_NESTED = re.compile(r"\((?:[^()\\]|\\.)*(?:[*+|}])(?:[^()\\]|\\.)*\)(?:[*+]|\{\d*,\d*\})")
_HEADER_VALUE = re.compile(r"[!-~](?:[ -~]*[!-~])?")
#: Where the system keeps what is no log, and reading may never end.
_NO_LOGS = ("/proc/", "/sys/", "/dev/")


class PatternRule(Section):
    """What is looked for in the lines of a log, and how many of them are bad."""

    name: Name = Field(description="A word for it, which is its check's name too.")
    title: Line = Field("", description="What people read of it.")
    match: Annotated[Line, Field(min_length=1)] = Field(description="Text that stands in the line.")
    regex: bool = Field(False, strict=True, description="Whether `match` is a regular expression.")
    warn: Number | None = Field(None, description="It warns from this many lines within the window on.")
    critical: Number | None = Field(None, description="It is critical from this many on.")
    within: Duration = Field(timedelta(minutes=15), description="How long the window is that ends now: 1m to 1d.")
    next_step: Line = Field("", description="What to do where it is past a limit.")

    def wrong(self) -> Iterator[Wrong]:
        """Limits the wrong way round, a window that is too short or long, and what is no regular expression."""
        if self.warn is not None and self.critical is not None and self.critical < self.warn:
            yield ("critical",), "It is under `warn`, which then never shows: swap the two."
        if not SHORTEST <= self.within <= LONGEST:
            yield ("within",), "Write a window from 1m to 1d."
        if self.regex:
            yield from wrong_expression("match", self.match)


def wrong_expression(key: str, written: str) -> Iterator[Wrong]:
    """What is wrong with a regular expression: it must be one, for Loki's engine as well as ours, and be quick."""
    try:
        re.compile(written)
    except (re.error, OverflowError, RecursionError) as error:
        yield (key,), f"“{written}” is no regular expression: {error}."
        return
    if _LOOKING_AROUND.search(written):
        yield (key,), "It looks around or back: (?=…), (?<!…), \\1. Write it without."
    elif _NESTED.search(written):
        yield (key,), "It repeats a group that itself repeats or chooses, which may take for ever. Write it without."


class _Logs(Section):
    patterns: Annotated[tuple[PatternRule, ...], Field(min_length=1, max_length=MOST_PATTERNS)] = Field(
        description="What is looked for."
    )

    def wrong_patterns(self) -> Iterator[Wrong]:
        """Names that stand twice, and patterns that make no sense."""
        taken = {"reachability"}
        for index, rule in enumerate(self.patterns):
            if rule.name in taken:
                yield ("patterns", index, "name"), f"There is a check “{rule.name}” already. Give this another name."
            taken.add(rule.name)
            for where, message in rule.wrong():
                yield ("patterns", index, *where), message


class LokiTarget(AtAnAddress, _Logs):
    """A Grafana Loki: whether it is ready, and how often patterns stand in the lines of some of its streams."""

    kind: Literal["loki"]
    selector: Line = Field(description='The streams that are read, as LogQL says it: `{app="checkout"}`.')
    tenant: Line | None = Field(None, description="Whose logs they are, where Loki has several: X-Scope-OrgID.")
    bearer_from: Setting | None = Field(None, description="The setting with the token of `Authorization: Bearer`.")
    username_from: Setting | None = Field(None, description="The setting with the user of `Authorization: Basic`.")
    password_from: Setting | None = Field(None, description="The setting with that user's password.")
    ca_from: Setting | None = Field(None, description="The setting with the path of a file of trusted certificates.")

    def wrong(self) -> Iterator[Wrong]:
        """A selector that Loki would refuse, half a login or two of them, and wrong patterns."""
        yield from super().wrong()
        if not _SELECTOR.fullmatch(self.selector):
            yield ("selector",), 'Write the labels of the streams in braces: {app="checkout", env="prod"}.'
        elif not any(_asks_for_something(*found.groups()) for found in _MATCHER.finditer(self.selector)):
            yield (
                ("selector",),
                'Loki wants at least one label that must have a value: {app="checkout"} or {app=~".+"}.',
            )
        if self.tenant is not None and not _HEADER_VALUE.fullmatch(self.tenant):
            yield ("tenant",), "A tenant is one line of plain letters, digits and signs."
        if (self.username_from is None) != (self.password_from is None):
            yield ("username_from",), "A login has both, `username_from` and `password_from`."
        if self.bearer_from is not None and self.username_from is not None:
            yield ("bearer_from",), "Log in with a token or with a user, not with both: leave one out."
        yield from self.wrong_patterns()


def _asks_for_something(how: str, quoted: str | None, raw: str | None) -> bool:
    value = raw if quoted is None else quoted
    if how == "=":
        return bool(value)
    try:
        return how == "=~" and not re.fullmatch(value or "", "")
    except re.error:
        return how == "=~"  # Go's expressions are not all Python's; Loki says what it thinks of it


class LogFilesTarget(TargetSection, _Logs):
    """Log files on the machine where Muster runs: how often patterns stand in their latest lines."""

    kind: Literal["log_files"]
    paths: tuple[AbsolutePath, ...] = Field(
        min_length=1, max_length=20, description="The files, from the root on; `*`, `?` and `[…]` stand for several."
    )
    rotated: bool = Field(True, strict=True, description="Whether `name.1`, the file before this one, is read too.")
    read_mib: int = Field(8, ge=1, le=64, strict=True, description="How much of each file's end is read, in MiB.")
    time_pattern: Line = Field(
        "", description="A regular expression whose first group is a line's time. Empty: ISO 8601 where it begins."
    )
    time_format: Line = Field(
        "iso", description="`iso`, `epoch`, `epoch_ms`, or as strptime writes it: `%d/%b/%Y:%H:%M:%S %z`."
    )
    zone: Zone = Field("UTC", description="The time zone of times that do not say theirs.")

    def wrong(self) -> Iterator[Wrong]:
        """Paths where no logs are, times that cannot be read, and wrong patterns."""
        yield from super().wrong()
        for index, path in enumerate(self.paths):
            if path.startswith(_NO_LOGS) or "/../" in f"{path}/":
                yield ("paths", index), "No logs are there: write the path of a file, without `..`."
        if self.time_pattern:
            faults = list(wrong_expression("time_pattern", self.time_pattern))
            yield from faults
            if not faults and re.compile(self.time_pattern).groups != 1:
                yield ("time_pattern",), "Put the time, and nothing else, into brackets: `^\\[(.*?)\\]`."
        elif self.time_format != "iso":
            yield ("time_format",), "Say in `time_pattern` where in a line the time is."
        if self.time_format not in ("iso", "epoch", "epoch_ms") and not _is_format(self.time_format):
            yield (
                ("time_format",),
                "Write `iso`, `epoch`, `epoch_ms`, or a day and a time: %Y-%m-%d %H:%M:%S.",
            )
        yield from self.wrong_patterns()


def _is_format(written: str) -> bool:
    """Whether a time written so can be read, with a day and an hour in it."""
    return bool(re.search(r"%[djxc]", written) and re.search(r"%[HIXc]", written)) and "%%" not in written
