"""What a program said, and what that means by the rule of the pack. Nothing is run here."""

import json
import math
import re
import signal
from collections.abc import Iterable
from dataclasses import dataclass, replace

from bot.diagnostics import redact
from bot.diagnostics.checks.document import found
from bot.diagnostics.judging import count, judged, limits, seconds
from bot.diagnostics.process import Finished
from bot.diagnostics.result import Measurement, Rows, Verdict
from bot.policy.targets.command import CommandRule
from bot.policy.targets.web import Severe

#: Bytes of an output that are kept, as many of its errors, and characters of them that are shown.
MOST = 1024 * 1024
_SHOWN = 8000
#: Characters of a line in a sentence, and of a fact.
_LINE = 160
#: A value of the environment that is shorter may be a plain word.
_WORTH_HIDING = 4

_BAD = {Severe.WARN: Verdict.WARN, Severe.CRITICAL: Verdict.CRITICAL}
#: Colours and other orders to a terminal.
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a program said, as text without a terminal's colours.

    Attributes:
        status: as `Finished` has it.
        output, errors: what it wrote.
        secrets: what it was given and is not to be shown.
    """

    status: int
    output: str
    errors: str
    cut: bool
    took_s: float
    secrets: tuple[str, ...] = ()

    @classmethod
    def of(cls, finished: Finished, secrets: Iterable[str]) -> "Said":
        """What a program said that was given these secrets."""
        return cls(
            status=finished.status,
            output=_readable(finished.stdout),
            errors=_readable(finished.stderr),
            cut=finished.cut,
            took_s=finished.took_s,
            # The longest first: one may be a part of another.
            secrets=tuple(sorted((each for each in secrets if len(each) >= _WORTH_HIDING), key=len, reverse=True)),
        )

    @property
    def everything(self) -> str:
        """Its output with its errors behind it."""
        return "\n".join(part for part in (self.output.rstrip("\n"), self.errors) if part)

    def shown(self, text: str, most: int) -> str:
        """A part of it as it may be shown, in at most `most` characters."""
        for secret in self.secrets:
            text = text.replace(secret, redact.HIDDEN)
        return redact.text(text, most=most)

    def line(self, text: str) -> str:
        """A part of it as it may be shown at the end of a sentence, with the full stop."""
        shown = self.shown(" ".join(text.split()), _LINE)
        return shown if shown.endswith(("?", "!", ".")) else f"{shown}."


def judge(rule: CommandRule, said: Said) -> Measurement:
    """By the exit status first, then by what must not be and what must be in the output, then by a number in it."""
    measured = _judged(rule, said)
    return replace(
        measured,
        threshold=_threshold(rule),
        rows=rows(said, errors_first=said.status not in rule.status),
        next_step="" if measured.verdict is Verdict.OK else measured.next_step or rule.next_step or _advice(rule),
    )


def _judged(rule: CommandRule, said: Said) -> Measurement:
    if said.status not in rule.status:
        return Measurement(verdict=_BAD[rule.verdict], explanation=_ended_badly(rule, said), value=said.status)
    if said.cut and (rule.absent or rule.match or rule.number or rule.path):
        return Measurement(
            verdict=Verdict.ERROR,
            explanation=f"It said more than {MOST // 1024} KiB, and that was not read to its end.",
            next_step="Have it print less, by a filter or a format of its own, and then run this again.",
        )
    if rule.absent and (unwanted := re.search(rule.absent, said.everything, re.MULTILINE)):
        explanation = f"It says what it should not: {said.line(_line_of(unwanted))}"
        return Measurement(verdict=_BAD[rule.verdict], explanation=explanation, facts=_facts(said, unwanted))
    wanted = re.search(rule.match, said.everything, re.MULTILINE) if rule.match else None
    if rule.match and wanted is None:
        return Measurement(verdict=_BAD[rule.verdict], explanation=f"Nothing that it says matches {rule.match}.")
    measured = _by_number(rule, said) if rule.number or rule.path else _by_status(rule, said)
    return replace(measured, facts=_facts(said, wanted)) if wanted else measured


def _by_status(rule: CommandRule, said: Said) -> Measurement:
    also = "" if not (rule.match or rule.absent) else ", and says what it should"
    explanation = f"It ended with status {said.status} after {seconds(said.took_s)}{also}."
    return Measurement(verdict=Verdict.OK, explanation=explanation, value=said.status)


def _by_number(rule: CommandRule, said: Said) -> Measurement:
    try:
        numbers = sorted(_numbers(rule, said), reverse=not rule.below)
    except ValueError as error:
        return Measurement(
            verdict=Verdict.ERROR,
            explanation=f"No number was found: {said.line(str(error))}",
            next_step=f"Correct `{'number' if rule.number else 'json'}` in the policy pack by what it says below.",
        )
    worst = numbers[0]
    subject = f"The worst of {count(len(numbers), 'number')}" if len(numbers) > 1 else "It"
    return Measurement(
        verdict=judged(worst, rule.warn, rule.critical, below=rule.below),
        explanation=f"{subject} is {_amount(worst, rule.unit)}.",
        value=worst,
        unit=rule.unit,
    )


def _numbers(rule: CommandRule, said: Said) -> list[float]:
    if rule.number:
        values: list[object] = list(re.findall(rule.number, said.everything, re.MULTILINE))
        nothing = f"nothing that it says matches {rule.number}"
    else:
        try:
            data = json.loads(said.output)
        except (ValueError, RecursionError):
            raise ValueError("what it says is not JSON") from None
        values = [value for _, value in found(str(rule.path), data)]
        nothing = f"there is nothing at {rule.path}"
    if not values:
        raise ValueError(nothing)
    return [_number(value) for value in values]


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError("what stands there is no number")  # noqa: TRY004 - it came from outside
    try:
        read = float(value)
    except (ValueError, OverflowError):
        read = math.nan
    if not math.isfinite(read):
        raise ValueError(f"“{str(value)[:40]}” is no number")
    return read


def _threshold(rule: CommandRule) -> str:
    must = [f"must end with {_either(rule)}"]
    must += [f"must say {rule.match}"] if rule.match else []
    must += [f"must not say {rule.absent}"] if rule.absent else []
    said = limits(rule.warn, rule.critical, rule.unit, below=rule.below)
    return ", ".join((*must, said) if said else must)


def _either(rule: CommandRule) -> str:
    return " or ".join(str(status) for status in rule.status)


def _amount(value: float, unit: str) -> str:
    return f"{value:.12g} {unit}".strip()


def _advice(rule: CommandRule) -> str:
    return f"Run {rule.argv[0]} by hand where Muster runs, and look into what it says."


def _ended_badly(rule: CommandRule, said: Said) -> str:
    how = f"It was ended by {signal_name(-said.status)}" if said.status < 0 else f"It ended with status {said.status}"
    spoken = (said.errors.strip() or said.output.strip()).splitlines()
    well = "" if rule.status == (0,) else f" ({_either(rule)} would be well)"
    return f"{how}{well}: {said.line(spoken[0])}" if spoken else f"{how}{well}, and said nothing."


def signal_name(number: int) -> str:
    """A signal as people know it: `SIGKILL`."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _facts(said: Said, match: re.Match[str]) -> dict[str, str]:
    """What a pattern's named groups found: what an action may take up."""
    return {name: said.shown(value, _LINE) for name, value in match.groupdict().items() if value}


def _line_of(match: re.Match[str]) -> str:
    start = match.string.rfind("\n", 0, match.start()) + 1
    end = match.string.find("\n", match.start())
    return match.string[start : end if end >= 0 else None]


def rows(said: Said, *, errors_first: bool = False) -> Rows | None:
    """The first lines of what it said, as a table; None where it said nothing."""
    text = f"{said.errors}\n{said.output}" if errors_first else said.everything
    # Hidden before it is taken apart: a key has many lines.
    lines = [line for line in said.shown(text, _SHOWN).splitlines() if line.strip()]
    beyond = sum(1 for line in text[_SHOWN:].splitlines() if line.strip())
    table = Rows.of(("it said",), ([line] for line in lines))
    return replace(table, left_out=table.left_out + beyond) if lines else None


def _readable(data: bytes) -> str:
    return _ESCAPES.sub("", data.decode("utf-8", "replace")).replace("\r\n", "\n")
