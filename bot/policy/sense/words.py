"""Names and aliases that clash."""

from collections.abc import Iterator, Sequence

from bot.domain.action_rules import ABOUT_ONE
from bot.domain.calendar import NEXT_BUSINESS_DAY
from bot.domain.rules import SERVICE_OWNERS, Trigger, spoken
from bot.policy.faults import quoted
from bot.policy.schema import PolicyFile
from bot.policy.sense.finding import Finding, Place, Spoken, clashes, repeated, repeated_names


def words(file: PolicyFile) -> Iterator[Finding]:
    """Everything that two things are called by, or that means something already."""
    yield from _spoken(file)
    yield from repeated_names(("escalation",), file.escalation, "step")
    yield from repeated_names(("webhooks",), file.webhooks, "webhook")
    yield from repeated_names(("fields",), file.fields, "field")
    yield from repeated_names(("follow_ups",), file.follow_ups, "follow-up")
    yield from repeated_names(("directory",), file.directory, "entry")
    yield from repeated_names(("calendar", "meetings"), file.calendar.meetings, "meeting")
    yield from repeated((("phases", at) for at in range(len(file.phases))), file.phases, "phase")
    yield from _clocks(file)
    yield from _reserved(file)


def _spoken(file: PolicyFile) -> Iterator[Finding]:
    sections: dict[str, Sequence[Spoken]] = {
        "severities": file.severities,
        "statuses": file.statuses,
        "roles": file.roles,
        "services": file.services,
        "targets": file.targets,
        "actions": file.actions,
        "conditions": file.conditions,
        "checklists": file.checklists,
        "texts": file.texts,
    }
    for section, things in sections.items():
        yield from clashes(section, enumerate(things))
    asked = [(index, step) for index, step in enumerate(file.escalation) if step.trigger is Trigger.REQUEST]
    yield from clashes("escalation", asked)


def _clocks(file: PolicyFile) -> Iterator[Finding]:
    """People put a clock off by its name, so that no two may have one."""
    named: list[tuple[Place, str, str]] = [
        (("texts", at, "name"), "text", text.name)
        for at, text in enumerate(file.texts)
        if text.within or text.every or text.with_updates
    ]
    named += [(("follow_ups", at, "name"), "follow-up", one.name) for at, one in enumerate(file.follow_ups)]
    named += [
        (("escalation", at, "name"), "step", step.name)
        for at, step in enumerate(file.escalation)
        if step.trigger is not Trigger.REQUEST
    ]
    taken: dict[str, str] = {}
    for place, kind, name in named:
        other = taken.setdefault(spoken(name), kind)
        if other != kind:
            message = f"{quoted(name)} is a {other} as well, and `snooze {name}` would not know which. Choose another."
            yield place, message


def _reserved(file: PolicyFile) -> Iterator[Finding]:
    """Words that mean something already: `service-owners` and `next-business-day`, and whom one may ask for."""
    yield from _asked_for(file)
    yield from _about_actions(file)
    named: list[tuple[Place, str]] = [(("contacts", name), name) for name in file.contacts]
    named += [(("roles", index, "name"), role.name) for index, role in enumerate(file.roles)]
    for place, word in named:
        if word == SERVICE_OWNERS:
            yield place, f"{quoted(word)} means the owners of the incident's service. Choose another name."
    for index, meeting in enumerate(file.calendar.meetings):
        if meeting.name == NEXT_BUSINESS_DAY:
            message = f"{quoted(meeting.name)} is known without being declared. Drop it, or choose another name."
            yield ("calendar", "meetings", index, "name"), message


def _about_actions(file: PolicyFile) -> Iterator[Finding]:
    """Who says `do cancel 4711` declines action 4711."""
    for index, action in enumerate(file.actions):
        words: list[tuple[Place, str]] = [(("name",), action.name)]
        words += [(("aliases", at), alias) for at, alias in enumerate(action.aliases)]
        for place, word in words:
            if spoken(word) in ABOUT_ONE:
                message = f"`do {word} 3` is about action 3 of an incident already. Choose another word."
                yield ("actions", index, *place), message


def _asked_for(file: PolicyFile) -> Iterator[Finding]:
    """Who says `escalate manager` means the manager; a step may be called so only if it tells them."""
    people = {spoken(name): ("contact", name) for name in file.contacts}
    for role in file.roles:
        people |= {spoken(word): ("role", role.name) for word in (role.name, *role.aliases)}
    for index, step in enumerate(file.escalation):
        if step.trigger is not Trigger.REQUEST:
            continue
        words: list[tuple[Place, str]] = [(("name",), step.name)]
        words += [(("aliases", at), alias) for at, alias in enumerate(step.aliases)]
        for place, word in words:
            kind, name = people.get(spoken(word), ("", ""))
            if name and name not in step.notify:
                message = f"{quoted(word)} is the {kind} {quoted(name)}, whom it does not tell. Choose another word."
                yield ("escalation", index, *place), message
