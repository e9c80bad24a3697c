"""Everything that can be known to be wrong in a pack without running it, for `muster check`."""

from collections.abc import Iterator
from pathlib import Path

from bot.diagnostics.runner import known_checks, known_thresholds
from bot.domain.rules import Policy, nearest
from bot.policy.document import Document
from bot.policy.faults import Fault, PolicyFault, quoted
from bot.policy.read import read_document, read_policy
from bot.runbooks.bind import bind
from bot.runbooks.catalogue import Catalogue
from bot.runbooks.load import load_runbook
from bot.runbooks.runbook import Runbook


def check_pack(directory: Path) -> list[Fault]:
    """The faults of a pack's policy and runbooks, by file and line; an empty list means that it may be used."""
    catalogue = Catalogue([directory])
    faults = list(catalogue.faults())
    try:
        policy = read_policy(directory, thresholds_of=known_thresholds, checks_of=known_checks)
    except PolicyFault as error:
        return sorted({*faults, *error.faults})
    for runbook in catalogue.list():
        faults.extend(_unknown(runbook, policy))
        faults.extend(bind(runbook, policy, checks_of=known_checks).faults)
    faults.extend(_missing(policy, read_document(directory), catalogue))
    return sorted(set(faults))


def check_runbooks(path: Path) -> list[Fault]:
    """The faults of runbooks alone: one file's, or those under any directory of Markdown."""
    faults = Catalogue([path]).faults() if path.is_dir() else load_runbook(path, name=path.stem).faults
    return sorted(set(faults))


def _missing(policy: Policy, document: Document, catalogue: Catalogue) -> Iterator[Fault]:
    """The runbook that a condition or a target opens has to be one of the pack's."""
    for place, name in _opened(policy):
        if catalogue.find(name) is None:
            close, names = catalogue.nearest(name), [runbook.name for runbook in catalogue.list()]
            advice = f"Did you mean {quoted(close)}?" if close else f"Known: {', '.join(names) or 'none yet'}."
            yield document.fault(place, f"The pack has no runbook {quoted(name)}. {advice}")


def _opened(policy: Policy) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """The runbooks that the policy names, each with its place."""
    for index, condition in enumerate(policy.conditions):
        if condition.runbook is not None:
            yield ("conditions", index, "runbook"), condition.runbook
    for index, target in enumerate(policy.targets):
        if target.runbook is not None:
            yield ("targets", index, "runbook"), target.runbook
        for check, name in target.runbooks.items():
            yield ("targets", index, "runbooks", check), name
    for index, rule in enumerate(policy.alerts.rules):
        if rule.runbook is not None:
            yield ("alerts", "rules", index, "runbook"), rule.runbook


def _unknown(runbook: Runbook, policy: Policy) -> list[Fault]:
    """The severity that a runbook names has to be one of the policy's."""
    hint = runbook.severity_hint
    if not hint or policy.find_severity(hint):
        return []
    names = [severity.name for severity in policy.severities]
    close = nearest(hint, names)
    advice = f"Did you mean {quoted(close)}?" if close else f"Known: {', '.join(names)}."
    line = runbook.lines["severity_hint"]
    return [Fault(str(runbook.path), line, f"The policy has no severity {quoted(hint)}. {advice}")]
