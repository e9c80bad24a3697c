"""Reading the commands about diagnostics and about actions."""

import re
from datetime import timedelta

from bot.domain import commands as c
from bot.domain.action_rules import ABOUT_ONE
from bot.slack.dates import span
from bot.slack.intents import Act, ArgumentMissing, Diagnose, Intent, NoSuchOption
from bot.slack.said import Said, known, text_of, words_for
from bot.slack.wording import WORD, bare, readable

#: How often something is looked at again where nobody says.
EVERY = timedelta(minutes=5)

_OPTION = re.compile(r"(?<!\S)(?:--|\u2014|\u2013)(?P<name>[A-Za-z]+)(?:[=:\s]\s*(?P<span>\d+\s*[A-Za-z]+))?(?!\S)")
#: What people do about an action that was rehearsed, by its number.
_ABOUT_ONE = re.compile(
    rf"(?P<what>{'|'.join(ABOUT_ONE)})\s+(?:action\s+)?#?(?P<number>\d{{1,5}})(?:\s+(?P<rest>.*))?",
    re.IGNORECASE | re.DOTALL,
)
_EMERGENCY = re.compile(r"(?<!\S)(?:--|\u2014|\u2013)emergency(?:[=:]|\s+|$)", re.IGNORECASE)


def diag(said: Said) -> Intent:
    """`diag [TARGET | SERVICE | all] [CHECK…] [--watch [SPAN] | --stop | --baseline]`."""
    options = list(_OPTION.finditer(said.rest))
    meant = Diagnose(text_of(_OPTION.sub(" ", said.rest)))
    if not options:
        return meant
    if len(options) > 1:
        raise NoSuchOption(typed=readable(options[1][0].strip(), people=False), known=["one option at a time"])
    if not meant.target:
        raise ArgumentMissing(what="of what, such as `diag db --watch 5m`")
    option = options[0]
    match option["name"].casefold():
        case "baseline" | "healthy":
            return Diagnose(meant.target, healthy=True)
        case "watch":
            return Diagnose(meant.target, every=span(option["span"]) if option["span"] else EVERY)
        case "stop" | "unwatch":
            return Diagnose(meant.target, stop=True)
        case _:
            raise NoSuchOption(typed=f"--{option['name']}", known=["--watch 5m", "--stop", "--baseline"])


def act(said: Said) -> Intent:
    """`do [ACTION [VALUE…]]`, or `do approve | run | decline NUMBER`."""
    if not said.rest:
        return Act()
    if found := _ABOUT_ONE.fullmatch(said.rest.strip()):
        return _about_one(said, found)
    name, rest = known(said.rest, words_for(said.policy.actions)) or (bare(WORD.findall(said.rest)[0]), "")
    if not rest and name:
        rest = said.rest.strip()[len(name) :] if said.rest.strip().casefold().startswith(name.casefold()) else ""
    return Act(name, tuple(text_of(word) for word in WORD.findall(rest)))


def _about_one(said: Said, found: re.Match[str]) -> Intent:
    number, rest = int(found["number"]), found["rest"] or ""
    match found["what"].casefold():
        case "approve" | "agree":
            return c.ApproveAction(by=said.by, number=number)
        case "decline" | "cancel":
            return c.DeclineAction(by=said.by, number=number, why=text_of(rest))
        case _:
            emergency = text_of(_EMERGENCY.sub("", rest)) if _EMERGENCY.search(rest) else ""
            return c.StartAction(by=said.by, number=number, emergency=emergency)
