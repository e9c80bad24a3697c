"""Reading what is typed about action items: whose they are, by when, how urgent, what they are good for. Pure.

`task Add an alert on pool usage @bob by friday !high #detect https://wiki.example/pool`: the marks stand in any order,
at the end or within the sentence. A link becomes one of the item's links.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches

from bot.domain import commands as c
from bot.domain.action_item import SORTS
from bot.domain.rules import spoken
from bot.slack import exporting
from bot.slack.dates import split_due, without_end
from bot.slack.intents import Intent, Look, NotATaskNumber, UsageProblem
from bot.slack.people import ME
from bot.slack.said import Said, text_of
from bot.slack.task_intents import FillTask, ListTasks, ShowTask
from bot.slack.wording import TOKEN, WORD, bare, first_word, person, unescape

#: What people say for what becomes of an item.
_DONE = ("done", "finish", "finished", "tick", "complete", "completed")
_DROP = ("drop", "dropped", "cancel", "wontfix")
_REOPEN = ("reopen", "undo", "again")
_CHANGE = ("change", "edit", "set")
_NEW = frozenset({"new", "add", "form"})
_NUMBERED = re.compile(
    r"(?:(?P<verb>[a-z]+)\s+(?:(?:task|item)\s+)?)?#?(?P<number>\d{1,5})[.,:;]?(?:\s+(?P<rest>\S.*))?",
    re.IGNORECASE | re.DOTALL,
)
#: `done` and something else than a number. More words than that are an item's text.
_DONE_WHAT = re.compile(rf"(?:{'|'.join(_DONE)})(?:\s+(?:task\s+)?\S+)?", re.IGNORECASE)
#: What is to be empty, as people say it when they change an item.
_CLEARED = {
    "nobody": "owner", "no owner": "owner", "no day": "due", "no date": "due", "someday": "due",
    "no priority": "priority", "no kind": "sort", "no links": "links",
}  # fmt: skip
_MARK = re.compile(r"(?P<sign>[!#])(?P<word>[^\W\d][\w-]*)[.,;]?")
_ADDRESS = re.compile(r"https?://(?:(?!&[lg]t;)[^\s<>|])+", re.IGNORECASE)
#: More links, or longer ones, stay in the text alone.
_LINKS, _LINK_LENGTH = 10, 1_000
#: How alike a kind and what was typed are at least.
_ALIKE = 0.75
#: Marks at a sentence's end.
_MOST = 20

_EVERYWHERE = frozenset({"all", "everywhere", "open", "everything", "everyone"})
_OVERDUE = frozenset({"overdue", "late", "due"})
_MINE = frozenset({"mine", "my", *ME})
_UNOWNED = frozenset({"nobody", "unassigned", "orphaned"})
_JOINING = frozenset({"by", "of", "for", "from", "and", "the", "tasks", "items"})


class WhichTasks(UsageProblem):
    """I do not know which tasks “{typed}” are. Say `tasks mine`, `tasks all`, `tasks overdue` or `tasks by @bob`."""


@dataclass(slots=True)
class Marks:
    """What is said of an item besides its text, which is what is left."""

    text: str
    owner: str | None = None
    due: date | None = None
    priority: str | None = None
    sort: str | None = None
    links: list[str] = field(default_factory=list)

    def any(self) -> bool:
        """Whether there is any mark at all."""
        return bool(self.owner or self.due or self.priority or self.sort or self.links)


def task(said: Said) -> Intent:
    """`task text…`, `task N`, `task done N [evidence…]`, `task drop N why…`, `task file N SYSTEM`, `task change N …`.

    Raises:
        NotATaskNumber: it is not said which is done.
        NotADate: it ends like a date, and is none.
        ArgumentMissing: it is not said where it is to be filed.
    """
    rest = said.rest.strip()
    if not rest:
        return Look.TASKS
    if filing := exporting.items(rest):
        return filing
    if bare(rest).casefold() in _NEW:
        return FillTask()
    if (found := _NUMBERED.fullmatch(rest)) and (intent := _numbered(said, found)):
        return intent
    if _DONE_WHAT.fullmatch(rest):
        raise NotATaskNumber
    marks = read_marks(rest, said)
    return c.AddActionItem(
        by=said.by, text=text_of(marks.text), owner=marks.owner, due=marks.due, priority=marks.priority or "",
        sort=marks.sort or "", links=tuple(marks.links),
    )  # fmt: skip


def tasks(said: Said) -> Intent:
    """`tasks [mine | all | overdue | by @user]`: without a word this incident's, else those of all incidents.

    Raises:
        WhichTasks: a word says something else.
    """
    if not said.rest.strip():
        return Look.TASKS
    owner, overdue, unowned = None, False, False
    for word in WORD.findall(said.rest):
        plain = bare(word).casefold()
        if who := _user(word):
            owner = who
        elif plain in _MINE:
            owner = said.by.user
        elif plain in _OVERDUE:
            overdue = True
        elif plain in _UNOWNED:
            unowned = True
        elif plain not in _EVERYWHERE | _JOINING:
            raise WhichTasks(typed=bare(said.rest))
    return ListTasks(owner=owner, overdue=overdue, unowned=unowned)


def read_marks(text: str, said: Said) -> Marks:
    """The marks of a text as it was typed, and the text without those at its end. Raises NotADate."""
    marks = Marks(text=text)
    for _ in range(_MOST):
        before = marks.text
        words = WORD.findall(before)
        if not words:
            break
        _take(marks, words[-1], said)
        if marks.text == before and marks.due is None:
            marks.text, marks.due = split_due(before, said.today)
        if marks.text == before:
            break
    # Within the sentence they stay in it: `Ask @bob about the pool`.
    words = WORD.findall(marks.text)
    marks.owner = marks.owner or next((who for word in words if (who := _user(word))), None)
    for word in words:
        _within(marks, word, said)
    marks.text, found = with_links(marks.text)
    marks.links = list(dict.fromkeys([*found, *reversed(marks.links)]))[:_LINKS]
    return marks


def with_links(text: str) -> tuple[str, list[str]]:
    """A text as Slack sends it, in which links are called as people see them, and where they lead; ten at most."""
    links = [link for found in TOKEN.finditer(text) if not found[1] and (link := _link(unescape(found[2])))]
    links += [link for found in _ADDRESS.finditer(TOKEN.sub(" ", text)) if (link := _link(unescape(found[0])))]

    def called(found: re.Match[str]) -> str:
        label = (found[3] or "").strip()
        return label if not found[1] and label and _link(unescape(found[2])) in links else found[0]

    return TOKEN.sub(called, text), list(dict.fromkeys(links))[:_LINKS]


def _numbered(said: Said, found: re.Match[str]) -> Intent | None:
    """What is to become of an item that is named by its number; None where that is a new item's text."""
    verb, number, rest = (found["verb"] or "").casefold(), int(found["number"]), found["rest"] or ""
    if verb:
        return _VERBS[verb](said, number, rest) if verb in _VERBS else None
    if not rest:
        return ShowTask(number)
    word, after = first_word(rest)
    if (spoke := bare(word).casefold()) in _VERBS:
        return _VERBS[spoke](said, number, after)
    change = _changed(said, number, rest)
    return None if isinstance(change, c.ChangeActionItem) and change.text is not None else change


def _finish(said: Said, number: int, rest: str) -> Intent:
    return c.FinishActionItem(by=said.by, number=number, evidence=text_of(rest))


def _drop(said: Said, number: int, rest: str) -> Intent:
    return c.DropActionItem(by=said.by, number=number, why=text_of(rest))


def _reopen(said: Said, number: int, rest: str) -> Intent:
    return c.ReopenActionItem(by=said.by, number=number, why=text_of(rest))


def _changed(said: Said, number: int, rest: str) -> Intent:
    if not rest:
        return FillTask(number)
    marks = read_marks(rest, said)
    left = without_end(marks.text).lstrip(" ,;")
    word = " ".join(map(bare, WORD.findall(left))).casefold()
    clear = (_CLEARED[word],) if word in _CLEARED else ()
    if word in ME:
        marks.owner = said.by.user
    text = None if not left or clear or word in ME or (marks.owner and person(left)) else text_of(left)
    return c.ChangeActionItem(
        by=said.by, number=number, text=text, owner=marks.owner, due=marks.due, priority=marks.priority,
        sort=marks.sort, links=tuple(marks.links) or None, clear=clear,
    )  # fmt: skip


_VERBS: Mapping[str, Callable[[Said, int, str], Intent]] = {
    **dict.fromkeys(_DONE, _finish),
    **dict.fromkeys(_DROP, _drop),
    **dict.fromkeys(_REOPEN, _reopen),
    **dict.fromkeys(_CHANGE, _changed),
}


def _take(marks: Marks, word: str, said: Said) -> None:
    """Take a mark off the end of the text, if the last word is one."""
    who = _user(word) or (said.by.user if bare(word).casefold() == "@me" else None)
    mark = _MARK.fullmatch(_plain(word))
    if who and marks.owner is None:
        marks.owner = who
    elif mark and mark["sign"] == "!" and marks.priority is None:
        marks.priority = mark["word"]
    elif mark and mark["sign"] == "#" and marks.sort is None and _like_a_sort(mark["word"]):
        marks.sort = mark["word"]
    elif (link := _bare_link(word)) and len(marks.links) < _LINKS:
        marks.links.append(link)
    else:
        return
    marks.text = without_end(marks.text[: marks.text.rindex(word)])


def _within(marks: Marks, word: str, said: Said) -> None:
    """Take a mark out of the sentence, if it can be nothing else."""
    mark = _MARK.fullmatch(_plain(word))
    if mark is None:
        return
    meant = spoken(mark["word"])
    if mark["sign"] == "!" and marks.priority is None and meant in map(spoken, said.policy.review.priorities):
        marks.priority = mark["word"]
    elif mark["sign"] == "#" and marks.sort is None and meant in SORTS:
        marks.sort = mark["word"]
    else:
        return
    marks.text = re.sub(r"[ \t]{2,}", " ", marks.text.replace(word, "", 1)).strip()


def _plain(word: str) -> str:
    """A word in which a channel is as it was typed: there may be one called `prevent`."""
    found = TOKEN.fullmatch(word)
    return f"#{found[3]}" if found and found[1] == "#" and found[3] else word


def _like_a_sort(word: str) -> bool:
    """Whether a word after `#` is meant as a kind: people write `#payments` too."""
    meant = spoken(word)
    return any(sort.startswith(meant) for sort in SORTS) or bool(get_close_matches(meant, SORTS, n=1, cutoff=_ALIKE))


def _user(word: str) -> str | None:
    """The person that a word mentions: a group can't be reminded of anything."""
    who = person(word)
    return who if who and who.startswith(("U", "W")) else None


def _bare_link(word: str) -> str | None:
    """Where a word leads that is nothing but an address."""
    found = TOKEN.fullmatch(word)
    if found is None:
        return _link(unescape(word)) if _ADDRESS.fullmatch(word) else None
    target, label = unescape(found[2]), unescape(found[3] or "")
    bare_target = re.sub(r"^https?://", "", target).rstrip("/")
    return _link(target) if not found[1] and (not label or label.rstrip("/") in {target, bare_target}) else None


def _link(address: str) -> str | None:
    """An address that an item can have."""
    clean = address.strip().rstrip(".,;)")
    whole = _ADDRESS.fullmatch(clean) and clean.isprintable() and len(clean) <= _LINK_LENGTH
    return clean if whole else None
