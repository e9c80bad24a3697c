"""Takes out of what an action says the very secrets that it was given, whatever they look like."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

from bot.diagnostics import redact
from bot.diagnostics.actions.action import Action

#: Characters of a secret that is worth hiding: what is shorter stands in many words.
_WORTH_HIDING = 4


def secrets_of(action: Action) -> tuple[str, ...]:
    """The values that must not be shown, the longest first: of an address its password, of others each line."""
    names: dict[str, None] = {}
    for section in (action.options, action.target.options if action.target else None):
        names.update(dict.fromkeys(_settings(section)))
    found = {part.strip() for name in names if (value := action.value_of(name)) for part in _parts(value)}
    return tuple(sorted((part for part in found if len(part) >= _WORTH_HIDING), key=len, reverse=True))


def without(text: str, secrets: tuple[str, ...]) -> str:
    """The text with a mark where the secrets stood."""
    for secret in secrets:
        text = text.replace(secret, redact.HIDDEN)
    return text


def _settings(section: Any) -> Iterator[str]:
    settings = getattr(section, "settings", None)
    if settings is None:
        return
    # Where the certificates lie is no secret.
    yield from (name for name in settings() if name != getattr(section, "ca_from", None))


def _parts(value: str) -> Iterator[str]:
    if "://" not in value:
        yield from (value, *value.splitlines())
        return
    try:
        password = urlsplit(value.strip()).password
    except ValueError:
        return
    if password:
        yield from (password, unquote(password))
