"""What is wrong with the shape of `policy.yaml`, as sentences that say what to write instead."""

from collections.abc import Mapping, Sequence
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from bot.domain.rules import nearest
from bot.policy.document import Document
from bot.policy.faults import Fault, quoted
from bot.policy.schema import PolicyFile

Place = tuple[str | int, ...]

#: How keys end where a slip may have put an address or a secret, which no message repeats.
_NOT_REPEATED = "_from"
_MOST_KEYS = 6


def shape_faults(document: Document, details: Sequence[ErrorDetails]) -> list[Fault]:
    """Pydantic's findings about a document, each in its line."""
    return [_fault(document, detail) for detail in details if not _echo(document, detail)]


def _fault(document: Document, detail: ErrorDetails) -> Fault:
    place: Place = detail["loc"]
    key = next((step for step in reversed(place) if isinstance(step, str) and step != "[key]"), "")
    # A key of somebody's own, such as a label's name, may hold anything.
    key = key if key.isprintable() else quoted(key)[1:-1]
    wrong: Place = ("kind",) if detail["type"] == "union_tag_invalid" else ()
    return document.fault((*_in_file(place), *wrong), _sentence(document, detail, place, key))


def _echo(document: Document, detail: ErrorDetails) -> bool:
    """Whether a list counts as empty only because its entries are wrong, which is said of each of them already."""
    return detail["type"] == "too_short" and bool(_written(document.value, _in_file(detail["loc"])))


def _in_file(place: Place) -> Place:
    """A place without the kind of which an entry is: pydantic has it in the place, the file has it in the entry."""
    kept: list[str | int] = []
    for at, step in enumerate(place):
        if not isinstance(_kind(place[:at]), _OneOf):
            kept.append(step)
    return tuple(kept)


def _sentence(document: Document, detail: ErrorDetails, place: Place, key: str) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    written = _written(document.value, _in_file(place))
    # An entry of a list is called by its list.
    named = f"An entry of `{key}`" if isinstance(place[-1], int) else f"`{key}`"
    match kind:
        case "missing":
            return f"The key `{key}` is missing here."
        case "union_tag_not_found":
            return "The key `kind` is missing here."
        case "union_tag_invalid":
            return _one_of("kind", context["tag"], sorted(_kinds(place)))
        case "extra_forbidden":
            return _unknown_key(key, _keys(place[:-1]))
        case _ if written is None:
            return f"{named} has no value. Write one, or leave the key out."
        case "value_error":
            secret = any(str(step).endswith(_NOT_REPEATED) for step in place)
            shown = "" if secret else f"{quoted(written)} "
            return f"`{key}`: {shown}{context['error']}."
        case "enum":
            return _one_of(key, written, [str(choice) for choice in _choices(place)])
        case _:
            return _misshapen(place, named, written, detail) or f"`{key}`: {quoted(written)} {_should(kind, context)}."


def _misshapen(place: Place, named: str, written: Any, detail: ErrorDetails) -> str | None:
    """What is said of lists, mappings and lengths; None of anything else."""
    match detail["type"]:
        case "tuple_type":
            return f"{named} should be a list: write [one, another], or one a line after “- ”."
        case "dict_type" | "model_type":
            return f"{named} should hold keys and values{_such_as(_keys(place))}."
        case "too_short":
            return f"{named} is empty. It needs at least one entry."
        case "too_long" if not isinstance(written, str):
            return f"{named} has more than {detail['ctx']['max_length']} entries. Drop some."
        case "too_long" | "string_too_long":
            return f"{named} is too long: {detail['ctx']['max_length']} characters is the most."
        case _:
            return None


def _should(kind: str, context: Mapping[str, Any]) -> str:
    """What a plain value should be, for the end of a sentence."""
    match kind:
        case "int_type" | "int_from_float":
            return "should be a whole number, without quotes"
        case "float_type" | "finite_number":
            return "should be a number, without quotes"
        case "bool_type":
            return "should be true or false, without quotes"
        case "string_type":
            return "should be text; put it in quotes"
        case "greater_than_equal":
            return f"is too little: {context['ge']} is the least"
        case "less_than_equal":
            return f"is too much: {context['le']} is the most"
        case _:
            return "does not fit here; docs/packs.md says what does"


def _one_of(key: str, written: Any, choices: Sequence[str]) -> str:
    close = nearest(str(written), choices)
    hint = f" Did you mean {quoted(close)}?" if close else ""
    return f"`{key}`: {quoted(written)} is not one of {', '.join(choices)}.{hint}"


def _such_as(keys: Sequence[str]) -> str:
    more = ", …" if len(keys) > _MOST_KEYS else ""
    return f": {', '.join(keys[:_MOST_KEYS])}{more}" if keys else ", such as `name: value`"


def _written(value: Any, place: Place) -> Any:
    """What the file has at a place; the key itself where the key is what is wrong."""
    for step in place:
        if step == "[key]":
            return place[-2]
        try:
            value = value[step]
        except (LookupError, TypeError):
            return ""
    return value


def _unknown_key(key: str, there: Sequence[str]) -> str:
    close = nearest(key, there)
    hint = f"Did you mean `{close}`?" if close else f"Known here: {', '.join(there)}."
    return f"There is no key {quoted(key)} here. {hint}"


def _keys(place: Place) -> list[str]:
    model = _kind(place)
    return list(_fields(model)) if isinstance(model, type) and issubclass(model, BaseModel) else []


def _fields(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """A section's keys as the file has them: `from` is none that Python lets one write."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _choices(place: Place) -> list[Any]:
    kind = _kind(place)
    return [choice.value for choice in kind] if isinstance(kind, type) and issubclass(kind, Enum) else []


def _kind(place: Place) -> Any:
    """The type that the schema has at a place."""
    kind: Any = PolicyFile
    for step in place:
        if step != "[key]":
            kind = _plain(_inside(kind, step))
    return kind


class _OneOf(dict[str, Any]):
    """The types that an entry may have, by its kind."""


def _kinds(place: Place) -> list[str]:
    kind = _kind(place)
    return list(kind) if isinstance(kind, _OneOf) else []


def _inside(kind: Any, step: str | int) -> Any:
    if isinstance(kind, _OneOf):
        return kind.get(str(step))
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        field = _fields(kind).get(str(step))
        return field.annotation if field else None
    # A list's entries, or a mapping's values, are what its last argument says; `...` stands after a tuple's one.
    return next((inner for inner in reversed(get_args(kind)) if inner is not Ellipsis), None)


def _plain(kind: Any) -> Any:
    """A type without what it is annotated with, and without the None that it may be instead."""
    while get_origin(kind) in (Annotated, Union, UnionType):
        models = [one for one in get_args(kind) if isinstance(one, type) and issubclass(one, BaseModel)]
        if len(models) > 1:
            return _OneOf({get_args(one.model_fields["kind"].annotation)[0]: one for one in models})
        kind = next((inner for inner in get_args(kind) if inner is not NoneType), None)
    return kind
