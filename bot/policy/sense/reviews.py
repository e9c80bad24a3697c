"""The review: parts of its document that are unknown or there twice, and approvals that never come."""

from collections.abc import Iterator

from bot.domain.procedures import SECTIONS
from bot.policy.faults import quoted
from bot.policy.schema import PolicyFile
from bot.policy.sections import DocumentRule
from bot.policy.sense.finding import Finding, Place, known, names, repeated
from bot.policy.types import is_slack_id

#: Where `review.sections` stand in the document.
_ASKED = "asked"


def reviews(file: PolicyFile) -> Iterator[Finding]:
    """How incidents are reviewed, and what of it cannot be meant. Who comes and who approves, `people` looks at."""
    review, roles = file.review, names(file.roles)
    for index, section in enumerate(review.sections):
        if section.role is not None:
            yield from known(("review", "sections", index, "role"), "role", section.role, roles)
    titles = [section.title for section in review.sections]
    yield from repeated((("review", "sections", at, "title") for at in range(len(titles))), titles, "section")
    for index, part in enumerate(review.document):
        yield from _part(("review", "document", index), part, roles)
    yield from _document(file)
    for key, listed, kind in (
        ("publish_to", review.publish_to, "channel"),
        ("priorities", review.priorities, "priority"),
        ("attendees", review.attendees, "attendee"),
        ("approvers", review.approvers, "approver"),
    ):
        yield from repeated((("review", key, at) for at in range(len(listed))), listed, kind)
    yield from _approvals(file)


def _part(place: Place, part: DocumentRule, roles: list[str]) -> Iterator[Finding]:
    if part.section is not None:
        yield from known((*place, "section"), "section of a review", part.section, SECTIONS)
    elif not part.ask:
        yield place, "It has nothing in it. Add `section`, one that Muster writes, or `ask`, a question to people."
    elif not part.title:
        yield (*place, "ask"), "It has no heading. Add `title`."
    if part.role is not None:
        yield from known((*place, "role"), "role", part.role, roles)
        if not part.ask:
            yield (*place, "role"), "Nobody is asked anything there. Add `ask`, or drop `role`."
    if part.section == _ASKED and (part.title or part.ask):
        key = "title" if part.title else "ask"
        yield (*place, key), f"`{_ASKED}` stands for all of `sections`, which have their own. Drop `{key}`."


def _document(file: PolicyFile) -> Iterator[Finding]:
    """A heading is in a document once, and so is what Muster writes; nothing that is asked is left out."""
    document = file.review.document
    for key, kind in (("section", "part with the section"), ("title", "part called")):
        given = [(at, getattr(part, key)) for at, part in enumerate(document) if getattr(part, key)]
        places = (("review", "document", at, key) for at, _ in given)
        yield from repeated(places, [word for _, word in given], kind)
    if document and file.review.sections and _ASKED not in [part.section for part in document]:
        yield (
            ("review", "sections"),
            f"Nobody sees them: add `- section: {_ASKED}` to `document`, where they are to stand.",
        )


def _approvals(file: PolicyFile) -> Iterator[Finding]:
    """Each approval is somebody's: a role has one holder, and an id is one person; a contact may be a whole team."""
    review, place = file.review, ("review", "approvals")
    if review.approvers and not review.approvals:
        yield ("review", "approvers"), "Nothing waits for them. Add `approvals`, how many it needs, or drop them."
        return
    single = {*names(file.roles), *(name for name in review.approvers if is_slack_id(name) and name[0] in "UW")}
    if not review.approvers or not set(review.approvers) <= single:
        return
    if len(set(review.approvers)) < review.approvals:
        there = ", ".join(quoted(name) for name in dict.fromkeys(review.approvers))
        message = f"It needs {review.approvals}, and only {len(set(review.approvers))} may approve: {there}. Name more."
        yield place, message
