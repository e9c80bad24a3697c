"""What goes wrong, by script: each Web API call of each incident has a name, and a fault is set for a name.

An incident is told by a tag in its title, such as `chaos-017`: tests run many side by side in one workspace.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bot.sandbox.model import Json
from bot.sandbox.records import Fault, Faults
from bot.sandbox.workspace import Workspace

_TAG = re.compile(r"chaos-(\d{3})", re.IGNORECASE)
_REFERENCE = re.compile(r"inc-\d{4}-\d\d-\d\d-\d{3}", re.IGNORECASE)
#: Where a method's channel is named.
_CHANNEL = ("channel", "channel_id")
#: What tells one call from the next of the same method in the same place, where they can be made side by side.
_ABOUT = ("metadata", "timestamp", "latest", "users")


def tag(number: int) -> str:
    """What the title of the `number`-th incident has in it."""
    return f"chaos-{number:03d}"


@dataclass(frozen=True, slots=True, order=True)
class CallName:
    """The `nth` call (from 1) of a method in a place: an incident's room, the announce channel, or one person.

    A call that is made again because it failed has the same name.
    """

    method: str
    place: str
    nth: int

    def __str__(self) -> str:
        return " ".join(part for part in (self.method, self.place, str(self.nth)) if part)

    @classmethod
    def parse(cls, text: str) -> "CallName":
        """The name that `str` wrote."""
        method, *place, nth = text.split()
        return cls(method, " ".join(place), int(nth))


@dataclass(slots=True)
class Watched:
    """The calls of one incident so far, and the faults that are set for some of them."""

    seen: list[CallName] = field(default_factory=list)
    faults: dict[CallName, Fault] = field(default_factory=dict)
    done: Counter[tuple[str, str]] = field(default_factory=Counter)
    known: dict[tuple[str, str], dict[str, int]] = field(default_factory=lambda: defaultdict(dict))

    def name(self, method: str, place: str, about: str | None) -> CallName:
        """The next call's name. Calls that are `about` the same thing are one call, made again."""
        if about is None:
            return CallName(method, place, self.done[method, place] + 1)
        known = self.known[method, place]
        return CallName(method, place, known.setdefault(about, len(known) + 1))


class Script(Faults):
    """Stands in the place of a sandbox's faults: names each call, and takes the fault that is set for it."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self._workspace = workspace
        self._numbers: dict[str, int] = {}
        self.incidents: dict[int, Watched] = defaultdict(Watched)
        #: Is told each call's method as it arrives, before anything is done.
        self.on_call: Callable[[str], None] = lambda _method: None

    def set(self, number: int, name: CallName, fault: Fault) -> None:
        """Spoils one call of one incident."""
        self.incidents[number].faults[name] = fault

    def untaken(self) -> list[str]:
        """The faults that no call has met."""
        return [
            f"{tag(number)}: {name}"
            for number, watched in self.incidents.items()
            for name, fault in watched.faults.items()
            if fault.times > 0
        ]

    def take(self, method: str, params: Json) -> Fault | None:
        """The fault that this call meets."""
        self.on_call(method)
        number, place = self._whose(method, params)
        if number is None:
            return super().take(method, params)
        watched = self.incidents[number]
        about = next((json.dumps(params[name]) for name in _ABOUT if params.get(name)), None)
        name = watched.name(method, place, about)
        watched.seen.append(name)
        fault = watched.faults.get(name)
        if fault is None or fault.times == 0 or fault.error is not None:  # what is refused is not tried again
            watched.done[method, place] += 1
        if fault is None or fault.times == 0:
            return super().take(method, params)
        fault.times -= 1
        return fault

    def _whose(self, method: str, params: Mapping[str, object]) -> tuple[int | None, str]:
        """Which incident a call is about, and where it acts; None for what concerns no incident."""
        channel = str(next((params[name] for name in _CHANNEL if params.get(name)), ""))
        found, person = self._workspace.channels.get(channel), self._workspace.user(channel)
        # A message is read when somebody pins it; the rest of a room is read to look for a post.
        detail = " one" if method == "conversations.history" and params.get("latest") else ""
        if found is not None and (reference := _REFERENCE.match(found.name)):
            return self._number(reference[0], found.name), f"room{detail}"
        text = json.dumps(params, default=str)
        reference = _REFERENCE.search(text)
        place = f"@{person.name}" if person else found.name if found else ""
        return (self._number(reference[0], text), place) if reference else (None, place)

    def _number(self, reference: str, text: str) -> int | None:
        reference = reference.upper()
        if reference not in self._numbers and (found := _TAG.search(text)):
            self._numbers[reference] = int(found[1])
        return self._numbers.get(reference)
