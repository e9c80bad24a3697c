"""Reading the commands that name people: `role`, `lead`, `handoff`, `escalate`."""

from bot.domain import commands as c
from bot.domain.rules import Trigger
from bot.slack.intents import ArgumentMissing, FillEscalation, Intent, NobodyMentioned, TooManyMentioned
from bot.slack.said import Said, at_once, known, text_of, words_for
from bot.slack.wording import WORD, bare, first_word, person

#: What people say for themselves.
ME = frozenset({"me", "myself"})
_JOINING_WORDS = frozenset({"to", "is", "as", "for", "=", "->", "→"})
#: `escalate to the board`, `hand it over to @carol`: words before a name that are no part of what is said.
_BEFORE_STEP = frozenset({"to", "the"})
_HANDING = frozenset({"to", "over", "it", "this", "incident", "the", "lead"})
#: What may stand between a name and what is said.
_BETWEEN = ":,;\u2014\u2013- "


def role(said: Said) -> Intent:
    """`role ROLE @user`, in either order."""
    user, words = _one_person(said)
    name = " ".join(word for word in words if word.casefold() not in _JOINING_WORDS)
    if not name:
        raise ArgumentMissing(what="which role", known=[r.name for r in said.policy.roles])
    if user is None:
        raise NobodyMentioned
    return c.AssignRole(by=said.by, role=name, user=user)


def lead(said: Said) -> Intent:
    """`lead @user`."""
    user, _ = _one_person(said)
    if user is None:
        raise NobodyMentioned
    return c.AssignRole(by=said.by, role=said.policy.commander, user=user)


def handoff(said: Said) -> Intent:
    """`handoff @user [note…]`: who comes first takes over, and the rest is for them."""
    text = said.rest
    while (word := first_word(text)[0]) and bare(word).casefold() in _HANDING:
        text = first_word(text)[1]
    word, note = first_word(text)
    user = person(word) or (said.by.user if bare(word).casefold() in ME else None)
    if user is None or not user.startswith(("U", "W")):
        # The name stands somewhere else: then there can only be one.
        user, _ = _one_person(said)
        note = " ".join(word for word in WORD.findall(text) if not person(word))
    elif person(first_word(note)[0]):
        raise TooManyMentioned
    if user is None:
        raise NobodyMentioned
    return c.AssignRole(by=said.by, role=said.policy.commander, user=user, note=text_of(note.lstrip(_BETWEEN)))


def escalate(said: Said) -> Intent:
    """`escalate [STEP] [why…] [@who] [--now]`: shown before it goes, unless it is to go at once."""
    contacts = {f"@{name}".casefold(): name for name in said.policy.contacts}
    why, now = at_once(said.rest)
    words = WORD.findall(why)
    called = {word: person(word) or contacts.get(bare(word).casefold()) for word in words}
    people = tuple(dict.fromkeys(who for who in called.values() if who))

    def after_people(text: str) -> str:
        while (word := first_word(text)[0]) and called.get(word):
            text = first_word(text)[1]
        return text

    # Those named before or after the reason are not part of it; within a sentence they are.
    step, why = _step(said, after_people(why))
    why = after_people(why)
    while (tail := WORD.findall(why)) and called.get(tail[-1]):
        why = why[: why.rindex(tail[-1])].rstrip()
    command = c.Escalate(by=said.by, why=text_of(why), people=people, step=step)
    return command if now else FillEscalation(command)


def _step(said: Said, text: str) -> tuple[str | None, str]:
    """The policy's step that the text starts with, by its name, and the rest."""
    steps = [step for step in said.policy.escalation if step.trigger is Trigger.REQUEST]
    named = text
    while (word := bare(first_word(named)[0])) and word.casefold() in _BEFORE_STEP:
        named = first_word(named)[1]
    for candidate in (text, named):
        if found := known(candidate, words_for(steps)):
            step = next(s for s in steps if known(found[0], words_for([s])))
            return step.name, found[1]
    return None, text


def _one_person(said: Said) -> tuple[str | None, list[str]]:
    """The person mentioned (or `me`), and the other words. Raises TooManyMentioned."""
    words = WORD.findall(said.rest)
    people = dict.fromkeys(who for word in words if (who := person(word)) and who.startswith(("U", "W")))
    others = [bare(word) for word in words if not person(word) and bare(word)]
    if len(people) > 1:
        raise TooManyMentioned
    if people:
        return next(iter(people)), others
    mine = [word for word in others if word.casefold() in ME]
    if mine:
        return said.by.user, [word for word in others if word not in mine]
    return None, [word for word in others if not word.startswith("@")]
