"""The sections of a printed policy about what people ask, tick off, write and look at afterwards."""

from collections.abc import Iterator

from bot.cli.sections import Part, clock, only, span, words
from bot.domain.procedures import Checklist, Letter
from bot.domain.rules import Policy


def practice(policy: Policy) -> Iterator[Part]:
    """Those sections; one that the policy has nothing for has no rows."""
    yield Part("Conditions", ("name", "title", "also", "asked", "suggests", "runbook", "advice"), (
        (c.name, c.title, words(c.aliases), c.ask, c.suggests or "", c.runbook or "", c.advice.strip())
        for c in policy.conditions
    ))  # fmt: skip
    yield Part("Fields", ("name", "title", "asked when people", "how", "hint"), (
        (d.name, d.title, words(form.value for form in d.forms),
         "; ".join([*(["required"] if d.required else []), *([f"one of {words(d.choices)}"] if d.choices else [])]),
         d.hint)
        for d in policy.details
    ))  # fmt: skip
    yield Part("Checklists", ("name", "title", "also", "shown", "severities"), (
        (c.name, c.title, words(c.aliases), _shown(c), words(c.severities)) for c in policy.checklists
    ))  # fmt: skip
    for checklist in policy.checklists:
        yield Part(f"Checklist “{checklist.title}”", ("", "item", "whose"), (
            (str(number), item.text, item.role or "") for number, item in enumerate(checklist.items, 1)
        ))  # fmt: skip
    yield Part("Texts", ("name", "title", "also", "audience", "to", "only", "due", "channel"), (
        (t.name, t.title, words(t.aliases), t.audience.value, t.to,
         only({"": t.severities, "in": t.statuses, "if": t.conditions}), _due(t), f"#{t.channel}" if t.channel else "")
        for t in policy.letters
    ))  # fmt: skip
    yield Part("Follow-ups", ("name", "asks", "after", "severities", "whom", "until done"), (
        (f.name, f.title, clock(f.after), words(f.severities), words(f.notify), f.checklist or "")
        for f in policy.follow_ups
    ))  # fmt: skip
    yield from _review(policy)
    yield Part("Measures", ("what", "normal", "warning", "critical"), (
        (m.title, m.normal, m.warning, m.critical) for m in policy.measures
    ))  # fmt: skip


def _review(policy: Policy) -> Iterator[Part]:
    review = policy.review
    minutes = sum(item.minutes for item in review.agenda)
    approval = f"{review.approvals} of {words(review.approvers) or 'anybody'}" if review.approvals else ""
    channels = words(f"#{name}" for name in review.publish_to)
    yield Part("Review", ("who comes", "takes", "approvals", "is published to", "priorities", "did it help?"), [
        (words(review.attendees), f"{minutes} min" if minutes else "", approval, channels, words(review.priorities),
         f"after {clock(review.effective_after)}" if review.effective_after else "")
    ])  # fmt: skip
    yield Part("Agenda of the review", ("minutes", "about", "questions"), (
        (str(item.minutes), item.title, " ".join(item.questions)) for item in review.agenda
    ))  # fmt: skip
    yield Part(review.title or "The review's document", ("", "section", "title", "asks", "whom"), (
        (str(number), part.section, part.title, part.ask.strip(), part.role or "")
        for number, part in enumerate(review.document, 1)
    ))  # fmt: skip
    yield Part("Sections of the review", ("title", "asks", "whom"), (
        (section.title, section.prompt.strip(), section.role or "") for section in review.sections
    ))  # fmt: skip


def _shown(checklist: Checklist) -> str:
    those = words((*checklist.statuses, *checklist.conditions))
    return f"{checklist.at.value}: {those}" if those else checklist.at.value


def _due(text: Letter) -> str:
    dues = [f"within {span(text.within)}"] if text.within else []
    dues += [f"every {span(text.every)}"] if text.every else []
    dues += ["with each update"] if text.with_updates else []
    return ", ".join(dues)
