"""Reads a pack's `policy.yaml`, and says everything that is wrong with it at once."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from bot.domain.procedures import (
    AgendaItem,
    Checklist,
    Condition,
    Detail,
    DirectoryEntry,
    DocumentPart,
    FirstLook,
    FollowUp,
    Item,
    Letter,
    Link,
    Measure,
    ProviderRule,
    Requirement,
    ReviewRule,
    ReviewSection,
    Rotation,
)
from bot.domain.rules import EscalationStep, Policy, Role, Service, Severity, Status, TargetRule, WebhookRule, nearest
from bot.policy.document import Document, read_yaml
from bot.policy.faults import Fault, PolicyFault, quoted
from bot.policy.schema import PolicyFile
from bot.policy.sense import ChecksOf, ThresholdsOf, findings
from bot.policy.shape import shape_faults
from bot.policy.targets import TargetSection

POLICY_FILE = "policy.yaml"
_LARGEST = 256 * 1024

_Made = TypeVar("_Made")


def read_pack(
    name_or_dir: str, *, root: Path, thresholds_of: ThresholdsOf | None = None, checks_of: ChecksOf | None = None
) -> Policy:
    """The rules of a pack.

    Args:
        name_or_dir: a pack's name under `root`, or a directory that holds `policy.yaml`.
        root: the directory of the packs that come with Muster.
        thresholds_of: what the diagnostics know, so that targets are checked as well; None leaves them unchecked.
        checks_of: the same for the names of checks, which actions have.

    Raises:
        PolicyFault: the pack is missing or not right; it has every fault found, with file and line.
    """
    return read_policy(find_pack(name_or_dir, root=root), thresholds_of=thresholds_of, checks_of=checks_of)


def find_pack(name_or_dir: str, *, root: Path) -> Path:
    """The directory of a pack. Raises PolicyFault when there is none."""
    places = [Path(name_or_dir)] if name_or_dir.strip() else []
    if places and places[0].name == name_or_dir:
        places.insert(0, root / name_or_dir)
    for directory in places:
        if _is_file(directory / POLICY_FILE):
            return directory
    packs = sorted(path.parent.name for path in root.glob(f"*/{POLICY_FILE}"))
    close = nearest(name_or_dir, packs)
    hint = f"Did you mean {quoted(close)}?" if close else f"Packs here: {', '.join(packs) or 'none'}."
    message = f"There is no policy pack {quoted(name_or_dir)}. {hint} Or give a directory that holds {POLICY_FILE}."
    raise PolicyFault([Fault(str(root), 1, message)])


def read_policy(
    directory: Path, *, thresholds_of: ThresholdsOf | None = None, checks_of: ChecksOf | None = None
) -> Policy:
    """The rules in a directory's `policy.yaml`; the policy is called like the directory. Raises PolicyFault."""
    document = read_document(directory)
    if document.value is None:
        raise PolicyFault(
            document.faults or [document.fault((), "The file is empty. Copy runbooks/default/policy.yaml.")]
        )
    if not isinstance(document.value, dict):
        message = "A policy is keys and values, such as `default_severity: P3`. Copy runbooks/default/policy.yaml."
        raise PolicyFault([*document.faults, document.fault((), message)])
    try:
        parsed = PolicyFile.model_validate(document.value)
    except ValidationError as error:
        wrong = shape_faults(document, error.errors(include_url=False))
        raise PolicyFault([*document.faults, *wrong]) from None
    found = findings(parsed, thresholds_of, checks_of)
    faults = [*document.faults, *(document.fault(place, message) for place, message in found)]
    if faults:
        raise PolicyFault(faults)
    return _policy(directory.resolve().name, parsed)


def read_document(directory: Path) -> Document:
    """A directory's `policy.yaml` with its lines, for what can be said only once it is read. Raises PolicyFault."""
    path = directory / POLICY_FILE
    return read_yaml(_text(path), file=str(path))


def _text(path: Path) -> str:
    """The file's text, bounded. Raises PolicyFault where it cannot be read."""
    try:
        if not _is_file(path):
            raise PolicyFault([Fault(str(path), 1, "There is no such file. Copy runbooks/default/policy.yaml.")])
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
    except OSError as error:
        raise PolicyFault([Fault(str(path), 1, f"The file cannot be read: {error.strerror or error}.")]) from None
    if len(content) > _LARGEST:
        raise PolicyFault([Fault(str(path), 1, f"The file is larger than {_LARGEST // 1024} KiB. Split the pack.")])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise PolicyFault([Fault(str(path), line, "This is not UTF-8 text. Save the file as UTF-8.")]) from None


def _is_file(path: Path) -> bool:
    """Like Path.is_file, but a name that no file can have is no file rather than an error."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _policy(name: str, file: PolicyFile) -> Policy:
    return Policy(
        name=name,
        severities=tuple(Severity(rank=rank, **dict(rule)) for rank, rule in enumerate(file.severities)),
        statuses=tuple(Status(**_of(rule, requires=Requirement(**dict(rule.requires)))) for rule in file.statuses),
        roles=_each(Role, file.roles),
        commander=file.commander,
        default_severity=file.default_severity,
        escalation=_each(EscalationStep, file.escalation),
        manual_escalation=file.manual_escalation,
        manual_email=file.manual_email,
        manual_webhooks=file.manual_webhooks,
        contacts=file.contacts,
        emails=file.emails,
        webhooks=_each(WebhookRule, file.webhooks),
        services=tuple(Service(**_of(rule, dashboards=_each(Link, rule.dashboards))) for rule in file.services),
        first_looks=_each(FirstLook, file.first_looks),
        targets=tuple(_target(section) for section in file.targets),
        actions=tuple(section.rule() for section in file.actions),
        calendar=file.calendar.calendar(),
        phases=file.phases,
        conditions=_each(Condition, file.conditions),
        details=_each(Detail, file.fields),
        checklists=tuple(Checklist(**_of(rule, items=_each(Item, rule.items))) for rule in file.checklists),
        letters=_each(Letter, file.texts),
        follow_ups=_each(FollowUp, file.follow_ups),
        review=ReviewRule(
            **_of(
                file.review,
                agenda=_each(AgendaItem, file.review.agenda),
                sections=_each(ReviewSection, file.review.sections),
                document=_each(_part, file.review.document),
            )
        ),
        directory=_each(DirectoryEntry, file.directory),
        measures=_each(Measure, file.measures),
        links=_each(Link, file.links),
        runbooks_url=file.runbooks_url or "",
        rotations=_each(Rotation, file.on_call.rotations),
        providers=_each(ProviderRule, file.on_call.providers),
        alerts=file.alerts.rules_of_alerts(),
    )


def _target(section: TargetSection) -> TargetRule:
    """What every target has, by name, and its whole section for those who know its kind."""
    shared = {name: getattr(section, name) for name in TargetSection.model_fields}
    return TargetRule(**shared | {"allowed": section.allowed.allowed()}, options=section)


def _each(kind: Callable[..., _Made], rules: Iterable[BaseModel]) -> tuple[_Made, ...]:
    """Rules of the file as the core's values, which have the same names for the same things."""
    return tuple(kind(**dict(rule)) for rule in rules)


def _part(section: str | None, **more: Any) -> DocumentPart:
    return DocumentPart(section=section or "", **more)


def _of(rule: BaseModel, **instead: Any) -> dict[str, Any]:
    return {**dict(rule), **instead}
