"""What people hear of the bot: where, what, and who was brought in; and what a test expects of that.

Expectations take away what they are about. Whatever is left was expected by nobody.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.domain.rules import Policy
from bot.sandbox.model import Channel, Message
from bot.sandbox.workspace import Workspace

#: The incident's own channel, and where every public incident is announced, in expectations.
ROOM, ANNOUNCED = "the room", "the announcements"
_DATE = re.compile(r"<!date\^(\d+)\^[^|>]*\|[^>]*>")
_PERSON, _GROUP = re.compile(r"<@(\w+)>"), re.compile(r"<!subteam\^(\w+)>")
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
#: How an escalation reaches people unless the policy says otherwise.
ALL_WAYS = "mention, invite, direct message"


@dataclass(frozen=True, eq=False)
class Heard:
    """Something that was said in a place, or somebody (`joined`) who came into the room."""

    place: str
    text: str
    message: Message | None = None
    joined: str = ""

    @property
    def is_of_the_review(self) -> bool:
        """Whether it is the review itself, which comes once an incident is resolved."""
        return self.place == ROOM and bool(_REVIEW.search(self.text))

    def __str__(self) -> str:
        return f"@{self.joined} was brought in" if self.joined else f"{self.place}: {' '.join(self.text.split())[:600]}"


@dataclass
class News:
    """Everything that was heard lately, in a workspace that knows the people, by rules that know the contacts."""

    items: list[Heard]
    workspace: Workspace
    policy: Policy
    members: Sequence[str]

    def take(self, place: str, *words: str) -> Heard | None:
        """Takes what was said in a place with all these words, whatever their case, if it was."""
        wanted = [" ".join(word.casefold().split()) for word in words]
        for one in self.items:
            text = " ".join(one.text.casefold().split())
            if one.place == place and not one.joined and all(word in text for word in wanted):
                self.items.remove(one)
                return one
        return None

    def brought(self, name: str) -> bool:
        """Whether somebody is in the room now; that they came is no news any more."""
        self.items = [one for one in self.items if one.joined != name]
        return self.workspace.person(name).id in self.members

    def names(self, contact: str) -> tuple[list[str], list[str]]:
        """Whom a contact (or `@bob`) means: how they are mentioned, and who they are, by name."""
        ids = [self.workspace.person(contact).id] if contact.startswith("@") else self.policy.contacts[contact]
        mentions: list[str] = []
        people: list[str] = []
        for one in ids:
            group = next((group for group in self.workspace.groups if group.id == one), None)
            person = self.workspace.user(one)
            mentions.append(f"@{group.handle}" if group else f"@{person.name if person else one}")
            for user in group.users if group else [one]:
                member = self.workspace.user(user)
                assert member is not None, f"nobody is {user}"
                people.append(member.name)
        return mentions, people


Expectation = Callable[[News], Iterator[str]]
#: What comes by itself once an incident is resolved: the review's card, its file and its pictures. A test that is about
#: the review expects them; for all others they are no news.
_REVIEW = re.compile(
    r"(?:memo: |^)(?:DRILL · )?The review of INC-[-\d]+$|^file INC-[-\d]+-review\S*$", re.MULTILINE | re.IGNORECASE
)


def said(*words: str) -> Expectation:
    """One message in the room has all these words."""
    return heard(ROOM, *words)


def told(who: str, *words: str) -> Expectation:
    """One direct message to somebody has all these words."""
    return heard(f"@{who}", *words)


def heard(place: str, *words: str) -> Expectation:
    """One message in a place has all these words."""

    def expectation(news: News) -> Iterator[str]:
        if not news.take(place, *words):
            yield f"{place}: {', '.join(repr(word) for word in words)}"

    return expectation


def mailed(address: str, *words: str) -> Expectation:
    """One e-mail to an address has all these words."""
    return heard(f"mail to {address}", *words)


def joined(*names: str) -> Expectation:
    """These people (or a contact's) are in the room now."""

    def expectation(news: News) -> Iterator[str]:
        for name in names:
            for person in news.names(name)[1]:
                if not news.brought(person):
                    yield f"@{person} should be in the room"

    return expectation


def opened(*words: str, by: str, invited: Iterable[str] = (), announced: bool = True) -> Expectation:
    """A new incident: its alert and its card in the room, who is there, and whether everybody hears of it."""

    def expectation(news: News) -> Iterator[str]:
        yield from said(f"@{by} declared", "What now?", *words)(news)
        yield from said("Declared:", f"by @{by}")(news)
        yield from joined(f"@{by}", *invited)(news)
        if announced:
            yield from heard(ANNOUNCED, "Declared:")(news)

    return expectation


def called(
    *contacts: str,
    because: str,
    by: str = ALL_WAYS,
    announced: bool = True,
    mails: Iterable[str] = (),
    again: int = 1,
) -> Expectation:
    """Contacts are called for a reason, in these ways and in no other.

    Args:
        contacts: the policy's contacts, or `@bob`.
        because: words of the reason.
        by: of mention, invite, direct message; a group cannot get one.
        announced: whether the announce channel hears of it.
        mails: the addresses that are written to besides.
        again: which time it is.
    """

    def expectation(news: News) -> Iterator[str]:
        mentions = [mention for contact in contacts for mention in news.names(contact)[0]]
        title = ["Escalated", f"round {again}"] if again > 1 else ["Escalated"]
        yield from said(*title, *(mentions if "mention" in by else contacts), because)(news)
        known = {f"@{group.handle}" for group in news.workspace.groups}
        if "direct message" in by:
            for mention in dict.fromkeys(mentions):
                if mention not in known:
                    yield from heard(mention, "You are needed", because)(news)
        if "invite" in by:
            yield from joined(*contacts)(news)
        if announced:
            yield from heard(ANNOUNCED, "was escalated to")(news)
        for address in mails:
            yield from mailed(address, because)(news)

    return expectation


def acknowledged(by: str, *words: str) -> Expectation:
    """Somebody has it, leads from now on, and gets the role's instructions."""

    def expectation(news: News) -> Iterator[str]:
        yield from said("Acknowledged by", f"@{by}")(news)
        yield from told(by, *words)(news)
        news.brought(by)

    return expectation


def listed(name: str) -> Expectation:
    """A checklist stands in the room, with each of its items to tick."""

    def expectation(news: News) -> Iterator[str]:
        checklist = news.policy.checklist(name)
        found = news.take(ROOM, checklist.title, f"0 of {len(checklist.items)}")
        if found is None:
            yield f"{ROOM}: the checklist “{checklist.title}”"
            return
        assert found.message is not None
        boxes = sum(len(element.get("options", ())) for element in _checkboxes(found.message))
        if boxes != len(checklist.items):
            yield f"{len(checklist.items)} boxes in the checklist “{checklist.title}”, not {boxes}"

    return expectation


def problems(news: News, expectations: Iterable[Expectation]) -> list[str]:
    """What is missing of what was expected, and what was heard and expected by nobody."""
    missing = [f"  missing  {one}" for expectation in expectations for one in expectation(news)]
    return missing + [f"  besides  {one}" for one in news.items if not one.is_of_the_review]


def checkbox_elements(message: Message) -> list[dict[str, Any]]:
    """The groups of tick boxes in a message."""
    return list(_checkboxes(message))


def _checkboxes(message: Message) -> Iterator[dict[str, Any]]:
    for block in message.blocks:
        yield from (one for one in block.get("elements", ()) if one["type"] == "checkboxes")


def text_of(workspace: Workspace, blocks: Iterable[object], fallback: str = "") -> str:
    """What blocks say: people and groups by their names, times as `Mon 2 Feb 14:30` in UTC."""
    text = "\n".join(_words(list(blocks))) or fallback
    text = _DATE.sub(lambda found: f"{datetime.fromtimestamp(int(found[1]), UTC):%a %-d %b %H:%M}", text)
    handles = {group.id: group.handle for group in workspace.groups}
    names = {person.id: person.name for person in workspace.people.values()}
    text = _PERSON.sub(lambda found: f"@{names.get(found[1], found[1])}", text)
    text = _GROUP.sub(lambda found: f"@{handles.get(found[1], found[1])}", text)
    for entity, character in _ENTITIES:
        text = text.replace(entity, character)
    return re.sub(r"[*`~\u200b]", "", text)


def _words(value: object) -> Iterator[str]:
    """Every text that stands somewhere in blocks, in order."""
    if isinstance(value, dict):
        if value.get("type") == "user":
            yield f"<@{value['user_id']}>"
        for key, inner in value.items():
            if key in ("text", "label", "hint", "placeholder", "description", "initial_value") and isinstance(
                inner, str
            ):
                yield inner
            elif isinstance(inner, dict | list):
                yield from _words(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _words(inner)


def place_of(channel: Channel, workspace: Workspace, room: Channel | None) -> str:
    """What an expectation calls a channel."""
    if room is not None and channel.id == room.id:
        return ROOM
    if channel.is_im:
        other = next(member for member in channel.members if member != workspace.bot.id)
        person = workspace.user(other)
        return f"@{person.name if person else other}"
    return f"#{channel.name}"
