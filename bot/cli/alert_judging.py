"""The work of `muster alerts judge`: a pack's table held against a recorded payload, without a database."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rich.text import Text

from bot.cli.outcome import USAGE, stop
from bot.cli.packs import policy_of
from bot.cli.sections import span
from bot.cli.terminal import advise, legible, out, say, table
from bot.core import wall_clock
from bot.domain.alert import Alert
from bot.domain.alert_rules import Decision
from bot.domain.judging import Judge, Judgement
from bot.domain.rules import Policy
from bot.messages.filters import plural
from bot.paths import RUNBOOKS
from bot.policy.read import find_pack
from bot.runbooks.catalogue import Catalogue
from bot.settings import read_settings
from bot.web.webhooks import alertmanager, datadog, generic, grafana, pagerduty, sentry
from bot.web.webhooks.bounds import Notes
from bot.web.webhooks.payload import BadPayload

#: Bytes of a payload: the webhook takes no more either.
_LARGEST = 1024 * 1024
_READERS: Mapping[str, Callable[..., Sequence[Alert]]] = {
    one.SOURCE: one.read for one in (alertmanager, grafana, sentry, pagerduty, datadog, generic)
}
_PLACES = list(Decision)
_STYLES = {Decision.DECLARE: "bold red", Decision.SUGGEST: "yellow", Decision.ATTACH: "yellow", Decision.IGNORE: "dim"}
_COLUMNS = (
    "Severity", "Decision", "Alert", "Count", "State", "Rule", "Service", "Group", "Owner", "Runbook", "Why",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """An alert with what the table makes of it.

    Attributes:
        owners: who is mentioned, by the names that the pack has for them.
        runbook: the one that the rule names, or else the one that names the alert.
    """

    alert: Alert
    told: Judgement
    owners: tuple[str, ...]
    runbook: str

    @property
    def rank(self) -> tuple[bool, bool, int, int, str, str]:
        """By what it is sorted: what is told and fires first, then the worst, then by what is done."""
        told = self.told
        return (
            not self.alert.firing,
            told.quiet is not None,
            told.rank,
            _PLACES.index(told.decision),
            told.key,
            self.alert.name,
        )

    @property
    def sameness(self) -> tuple[object, ...]:
        """What alerts that need only be shown once have in common."""
        return (self.alert.name, self.alert.firing, self.told, self.runbook)


async def judge(file: str, *, source: str, pack: str | None, at: str | None, as_json: bool) -> None:
    """Print what a pack's table makes of a payload.

    Args:
        file: its path; `-` for standard input.
        source: the monitor's kind, or the name of one of the pack's generic sources.
        pack: by name or directory; that of the settings where not given.
        at: when it came; without a zone in the calendar's, and now where not given.
        as_json: everything, alert by alert.

    Raises:
        PolicyFault, SettingsFault: the pack cannot be read.
        typer.Exit: the payload, the source or the time is wrong; the reason has been printed.
    """
    policy = policy_of(pack)
    now, notes = _moment(at, policy), Notes()
    body = _body(file)
    try:
        alerts = _reader(source, policy)(body, now=now, notes=notes)
    except BadPayload as bad:
        stop(f"{'Standard input' if file == '-' else file}: {bad}.", status=USAGE)
    catalogue = Catalogue([find_pack(pack or read_settings().muster_pack, root=RUNBOOKS)])
    found = sorted(_judged(alerts, policy, catalogue, now), key=lambda one: one.rank)
    if as_json:
        data = {"pack": policy.name, "source": source, "at": now.isoformat(), "alerts": [_data(one) for one in found]}
        say(json.dumps(data | {"notes": notes.told()}, indent=2, ensure_ascii=False))
        return
    _print(found, policy, now)
    for note in notes.told():
        advise(f"Left out: {note}.")


def _reader(source: str, policy: Policy) -> Callable[..., Sequence[Alert]]:
    """What reads a source's payloads. Raises typer.Exit."""
    if source in _READERS:
        return _READERS[source]
    mapped = next((one for one in policy.alerts.sources if one.name == source), None)
    if mapped is None:
        known = ", ".join([*_READERS, *(one.name for one in policy.alerts.sources)])
        stop(f"--source: there is no source “{source}”.", f"Known: {known}.", status=USAGE)
    return lambda body, *, now, notes: generic.read_mapped(body, mapped, now=now, notes=notes)


def _moment(at: str | None, policy: Policy) -> datetime:
    if at is None:
        return wall_clock()
    try:
        found = datetime.fromisoformat(at)
        local = found.replace(tzinfo=ZoneInfo(policy.calendar.zone)) if found.tzinfo is None else found
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        stop(f"--at: “{at}” is no time. Write it like 2026-02-02T14:02.", status=USAGE)


def _body(file: str) -> bytes:
    """What is in a file, or comes on standard input. Raises typer.Exit."""
    try:
        if file == "-":
            body = sys.stdin.buffer.read(_LARGEST + 1)
        else:
            with Path(file).open("rb") as stream:
                body = stream.read(_LARGEST + 1)
    except OSError as error:
        stop(f"{file} cannot be read: {error.strerror}.", status=USAGE)
    if len(body) > _LARGEST:
        stop(f"{file}: it is over 1 MiB, and a webhook takes no more. Send fewer alerts at once.", status=USAGE)
    return body


def _judged(alerts: Sequence[Alert], policy: Policy, catalogue: Catalogue, now: datetime) -> Iterator[Judged]:
    table_of, by_name = Judge(policy, (), now), dict[str, str]()
    for alert in alerts:
        told = table_of.judge(alert)
        if not told.runbook and alert.name not in by_name:
            by_name[alert.name] = _named(alert.name, catalogue)
        service = policy.service(told.service) if told.service else None
        owners = (told.owner,) if told.owner else service.owners if service else ()
        yield Judged(alert=alert, told=told, owners=owners, runbook=told.runbook or by_name[alert.name])


def _named(alert: str, catalogue: Catalogue) -> str:
    """The runbook that names an alert; empty where none does."""
    hits = catalogue.suggest("", alerts=[alert], most=1)
    return next((hit.runbook.name for hit in hits if any(why.startswith("alert ") for why in hit.reasons)), "")


def _print(found: Sequence[Judged], policy: Policy, now: datetime) -> None:
    if not found:
        say("Nothing in it is about an alert, such as a monitor's test: nothing would happen.")
        return
    alike: dict[tuple[object, ...], list[Judged]] = {}
    for one in found:
        alike.setdefault(one.sameness, []).append(one)
    several = list(alike.values())
    if out().is_terminal:
        local = now.astimezone(ZoneInfo(policy.calendar.zone))
        when = f"{local:%a} {local.day} {local:%b %Y, %H:%M} in {policy.calendar.zone}"
        say(f"{plural(len(found), 'alert')} by the pack {policy.name}, as of {when}\n", style="bold")
        for same in several:
            _block(same)
    else:
        table(_COLUMNS, [_row(same) for same in several])
    advise("As if nothing else were going on: incidents that run, mutes, repetition and flapping are not known here.")


def _block(same: Sequence[Judged]) -> None:
    one, told = same[0], same[0].told
    head = Text.assemble(
        (f"{told.severity}  ", "bold"),
        (_decision(one), "dim" if told.quiet or not one.alert.firing else _STYLES[told.decision]),
        f"  {legible(one.alert.name)}",
        (f"  {_many(same)}", "dim"),
    )
    facts = {
        "service": told.service,
        "group": told.key,
        "waits": span(told.window),
        "owner": ", ".join(one.owners),
        "runbook": one.runbook,
        "runs": ", ".join(told.run),
    }
    say(head)
    say(f"    {told.why}")
    say("    " + " · ".join(f"{name} {value}" for name, value in facts.items() if value) + "\n")


def _row(same: Sequence[Judged]) -> Sequence[object]:
    one, told = same[0], same[0].told
    return (
        told.severity,
        _decision(one),
        one.alert.name,
        len(same),
        one.alert.status.value,
        told.rule,
        told.service,
        told.key,
        ", ".join(one.owners),
        one.runbook,
        told.why,
    )


def _decision(one: Judged) -> str:
    """What is done, and that nobody is told of it, or that it is over."""
    told = one.told
    if not one.alert.firing:
        return "clears"
    return (
        f"{told.decision}, but {told.quiet.lower()}"
        if told.quiet and told.decision is not Decision.IGNORE
        else (told.decision.value)
    )


def _many(same: Sequence[Judged]) -> str:
    return plural(len(same), "alert") if len(same) > 1 else ""


def _data(one: Judged) -> dict[str, Any]:
    alert, told = one.alert, one.told
    return {
        "name": alert.name,
        "title": alert.title,
        "source": alert.source,
        "fingerprint": alert.fingerprint,
        "status": alert.status.value,
        "starts_at": alert.starts_at.astimezone(UTC).isoformat(),
        "labels": dict(alert.labels),
        "decision": told.decision.value,
        "quiet": told.quiet.value if told.quiet else None,
        "severity": told.severity,
        "service": told.service,
        "group": told.key,
        "window": told.window.total_seconds(),
        "owners": list(one.owners),
        "runbook": one.runbook or None,
        "run": list(told.run),
        "rule": told.rule or None,
        "why": told.why,
    }
