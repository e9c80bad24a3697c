"""Who is told: people who are not there, and calls that nobody hears."""

from collections.abc import Iterator

from bot.domain.rules import SERVICE_OWNERS, Since, Trigger
from bot.policy.faults import quoted
from bot.policy.paths import path_fault
from bot.policy.schema import PolicyFile, StepRule
from bot.policy.sense.finding import Finding, each_known, known, names, reachable, repeated

#: When these ring, nobody need have taken a role yet, the commander's included.
_BEFORE_ROLES = (Trigger.DECLARED, Trigger.UNACKNOWLEDGED)


def people(file: PolicyFile) -> Iterator[Finding]:
    """Everybody whom the policy names has to be somebody."""
    yield from known(("commander",), "role", file.commander, names(file.roles))
    yield from _contacts(file)
    yield from _named(file)
    yield from _on_call(file)
    for index, step in enumerate(file.escalation):
        yield from _unheard(index, step, file)


def _contacts(file: PolicyFile) -> Iterator[Finding]:
    roles = names(file.roles)
    for name in file.contacts:
        if name in roles:
            yield ("contacts", name), f"{quoted(name)} is a role as well. Give the contact another name."
    for name in file.emails:
        yield from known(("emails", name), "contact", name, list(file.contacts))


def _named(file: PolicyFile) -> Iterator[Finding]:
    """Roles have no holder before the incident runs, so whom a declaration invites are contacts or ids."""
    contacts, mailed, webhooks = list(file.contacts), list(file.emails), names(file.webhooks)
    anybody = [*contacts, *names(file.roles)]
    for index, severity in enumerate(file.severities):
        yield from reachable(("severities", index, "responders"), "contact", severity.responders, contacts)
    for index, role in enumerate(file.roles):
        yield from reachable(("roles", index, "contacts"), "contact", role.contacts, contacts)
    for index, service in enumerate(file.services):
        yield from reachable(("services", index, "owners"), "contact", service.owners, contacts)
    called = [*anybody, SERVICE_OWNERS]
    for index, step in enumerate(file.escalation):
        yield from reachable(("escalation", index, "notify"), "contact or role", step.notify, called)
        yield from each_known(("escalation", index, "email"), "contact with `emails`", step.email, mailed)
        yield from each_known(("escalation", index, "webhooks"), "webhook", step.webhooks, webhooks)
    yield from reachable(("manual_escalation",), "contact or role", file.manual_escalation, called)
    yield from each_known(("manual_email",), "contact with `emails`", file.manual_email, mailed)
    yield from each_known(("manual_webhooks",), "webhook", file.manual_webhooks, webhooks)
    for index, follow_up in enumerate(file.follow_ups):
        yield from reachable(("follow_ups", index, "notify"), "contact or role", follow_up.notify, called)
    for key, listed in (("attendees", file.review.attendees), ("approvers", file.review.approvers)):
        yield from reachable(("review", key), "contact or role", listed, called)


def _on_call(file: PolicyFile) -> Iterator[Finding]:
    """Each contact has one way of knowing whose turn it is."""
    contacts, rotations, providers = list(file.contacts), file.on_call.rotations, file.on_call.providers
    for key, rules in (("rotations", rotations), ("providers", providers)):
        places = [("on_call", key, index, "contact") for index in range(len(rules))]
        listed = [rule.contact for rule in rules]
        for place, name in zip(places, listed, strict=True):
            yield from known(place, "contact", name, contacts)
        yield from repeated(places, listed, key.removesuffix("s") + " for")
    for index, provider in enumerate(providers):
        if provider.contact in [rotation.contact for rotation in rotations]:
            message = f"{quoted(provider.contact)} has a rotation as well. Keep one of the two."
            yield ("on_call", "providers", index, "contact"), message
        if wrong := path_fault(provider.people):
            yield ("on_call", "providers", index, "people"), f"`people`: {quoted(provider.people)} {wrong}."


def _unheard(index: int, step: StepRule, file: PolicyFile) -> Iterator[Finding]:
    """A step that nobody can hear: its only targets are roles that nobody holds by then, or owners that nobody is."""
    if step.email or step.webhooks:
        return
    place = ("escalation", index, "notify")
    if set(step.notify) == {SERVICE_OWNERS}:
        services = [one for one in file.services if not step.services or one.name in step.services]
        if not any(one.owners for one in services):
            yield place, "Nobody hears it: no service has `owners`. Add them, or somebody else to tell."
        return
    roles = {role.name: role for role in file.roles}
    if not all(name in roles and not roles[name].contacts for name in step.notify):
        return
    led = step.trigger not in _BEFORE_ROLES or step.since is Since.ACKNOWLEDGED
    # Who leads is not known where the policy names nobody who could; that is said already.
    if led and (file.commander in step.notify or file.commander not in roles):
        return
    first = next(name for name in step.notify if name in roles)
    message = (
        f"Nobody hears it until somebody takes the role {quoted(first)}. Give the role `contacts`, "
        "who are called until then, or tell a contact as well."
    )
    yield place, message
