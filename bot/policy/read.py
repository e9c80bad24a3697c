"""Reads a pack's `policy.yaml`, and says everything that is wrong with it at once."""

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from bot.domain.rules import EscalationStep, Policy, Role, Service, Severity, Status, TargetRule, WebhookRule, nearest
from bot.policy.document import Document, read_yaml
from bot.policy.faults import Fault, PolicyFault, quoted
from bot.policy.schema import PolicyFile
from bot.policy.sense import ThresholdsOf, findings

POLICY_FILE = "policy.yaml"
_LARGEST = 256 * 1024

Place = tuple[str | int, ...]


def read_pack(name_or_dir: str, *, root: Path, thresholds_of: ThresholdsOf | None = None) -> Policy:
    """The rules of a pack.

    Args:
        name_or_dir: a pack's name under `root`, or a directory that holds `policy.yaml`.
        root: the directory of the packs that come with Muster.
        thresholds_of: what the diagnostics know, so that targets are checked as well; None leaves them unchecked.

    Raises:
        PolicyFault: the pack is missing or not right; it has every fault found, with file and line.
    """
    return read_policy(find_pack(name_or_dir, root=root), thresholds_of=thresholds_of)


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


def read_policy(directory: Path, *, thresholds_of: ThresholdsOf | None = None) -> Policy:
    """The rules in a directory's `policy.yaml`; the policy is called like the directory. Raises PolicyFault."""
    path = directory / POLICY_FILE
    document = read_yaml(_text(path), file=str(path))
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
        details = error.errors(include_url=False)
        wrong = [_shape_fault(document, detail) for detail in details if not _echo(document, detail)]
        raise PolicyFault([*document.faults, *wrong]) from None
    faults = [*document.faults, *(document.fault(place, message) for place, message in findings(parsed, thresholds_of))]
    if faults:
        raise PolicyFault(faults)
    return _policy(directory.resolve().name, parsed)


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
        statuses=tuple(Status(**dict(rule)) for rule in file.statuses),
        roles=tuple(Role(**dict(rule)) for rule in file.roles),
        commander=file.commander,
        default_severity=file.default_severity,
        escalation=tuple(EscalationStep(**dict(rule)) for rule in file.escalation),
        manual_escalation=file.manual_escalation,
        manual_email=file.manual_email,
        manual_webhooks=file.manual_webhooks,
        contacts=file.contacts,
        emails=file.emails,
        webhooks=tuple(WebhookRule(**dict(rule)) for rule in file.webhooks),
        services=tuple(Service(**dict(rule)) for rule in file.services),
        targets=tuple(TargetRule(**dict(rule)) for rule in file.targets),
    )


def _shape_fault(document: Document, detail: ErrorDetails) -> Fault:
    """Pydantic's finding as a sentence that says what to write instead."""
    place: Place = detail["loc"]
    key = next((step for step in reversed(place) if isinstance(step, str) and step != "[key]"), "")
    return document.fault(place, _sentence(document, detail, place, key))


def _echo(document: Document, detail: ErrorDetails) -> bool:
    """Whether a list counts as empty only because its entries are wrong, which is said of each of them already."""
    return detail["type"] == "too_short" and bool(_written(document.value, detail["loc"]))


def _sentence(document: Document, detail: ErrorDetails, place: Place, key: str) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    written = _written(document.value, place)
    match kind:
        case "missing":
            return f"The key `{key}` is missing here."
        case "extra_forbidden":
            return _unknown_key(key, _keys(place[:-1]))
        case "value_error":
            shown = "" if key in ("url_from", "secret_from") else f"{quoted(written)} "
            return f"`{key}`: {shown}{context['error']}."
        case "enum":
            known = [str(choice) for choice in _choices(place)]
            close = nearest(str(written), known)
            hint = f" Did you mean {quoted(close)}?" if close else ""
            return f"`{key}`: {quoted(written)} is not one of {', '.join(known)}.{hint}"
        case "tuple_type":
            return f"`{key}` should be a list: write [one, another], or one a line after “- ”."
        case "dict_type" | "model_type":
            return f"`{key}` should hold keys and values, such as `name: P1`."
        case "too_short":
            return f"`{key}` is empty. It needs at least one entry."
        case "too_long" | "string_too_long":
            return f"`{key}` is too long: {context['max_length']} characters is the most."
        case _:
            return f"`{key}`: {quoted(written)} does not fit. {detail['msg']}."


def _written(value: Any, place: Place) -> Any:
    """What the file has at a place; the key itself where the key is what is wrong."""
    for step in place:
        if step == "[key]":
            return place[-2]
        try:
            value = value[step]
        except (LookupError, TypeError):
            return ""
    return "nothing" if value is None else value


def _unknown_key(key: str, known: Sequence[str]) -> str:
    close = nearest(key, known)
    hint = f"Did you mean `{close}`?" if close else f"Known here: {', '.join(known)}."
    return f"There is no key {quoted(key)} here. {hint}"


def _keys(place: Place) -> list[str]:
    model = _kind(place)
    return list(model.model_fields) if isinstance(model, type) and issubclass(model, BaseModel) else []


def _choices(place: Place) -> list[Any]:
    kind = _kind(place)
    return [choice.value for choice in kind] if isinstance(kind, type) and issubclass(kind, Enum) else []


def _kind(place: Place) -> Any:
    """The type that the schema has at a place."""
    kind: Any = PolicyFile
    for step in _steps(place):
        if isinstance(step, int):
            kind = get_args(kind)[0]
        elif isinstance(kind, type) and issubclass(kind, BaseModel):
            fields: Mapping[str, Any] = kind.model_fields
            kind = fields[step].annotation
    return kind


def _steps(place: Place) -> Iterator[str | int]:
    return (step for step in place if step != "[key]")
