"""Where an Alertmanager's page has the form in which a silence is written, filled in for an alert."""

from collections.abc import Mapping
from urllib.parse import quote

#: Characters of an address that is still one.
LONGEST = 2_000


def silence_form(base: str, labels: Mapping[str, str]) -> str | None:
    """The form of the Alertmanager at `base`, filled in with labels; None where that would be too long to be a link."""
    if not base or not labels or len(labels) > LONGEST // len("a%3D%22%22%2C"):
        return None
    parts: list[str] = []
    for name, value in labels.items():
        if len(value) > LONGEST:
            return None
        parts.append(_matcher(name, value))
    link = f"{base}/#/silences/new?filter=%7B{'%2C'.join(parts)}%7D"
    return link if len(link) <= LONGEST else None


def _matcher(name: str, value: str) -> str:
    if not (name.isascii() and name.isidentifier()):
        name = f'"{_escaped(name)}"'
    return quote(f'{name}="{_escaped(value)}"', safe="", errors="replace")


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
