"""The table of commands: one meaning for each word, and a help that a message holds."""

from itertools import groupby

from bot.domain.rules import spoken
from bot.messages import Messages
from bot.paths import RUNBOOKS, TEMPLATES
from bot.policy.read import read_pack
from bot.slack.said import words_for
from bot.slack.usage import USAGES, usage_of

LONG_COMMAND = "/incident-management-of-ours"


def test_no_word_means_two_commands() -> None:
    words = [spoken(word) for usage in USAGES for word in usage.words]
    assert len(words) == len(set(words))


def test_each_group_stands_together() -> None:
    groups = [group for group, _ in groupby(usage.group for usage in USAGES)]
    assert len(groups) == len(set(groups))


def test_the_help_is_not_cut() -> None:
    messages = Messages(pack="default", root=TEMPLATES, public_url=None, command=LONG_COMMAND)
    message = messages.render("help", commands=USAGES, command=LONG_COMMAND)
    assert all(f"{LONG_COMMAND} {usage.name}" in str(message.blocks) for usage in USAGES)
    assert "(cut" not in str(message.blocks)


def test_an_examples_names_are_the_default_packs() -> None:
    policy = read_pack("default", root=RUNBOOKS)
    for command, things in (("flag", policy.conditions), ("checklist", policy.checklists), ("text", policy.letters)):
        usage = usage_of(command)
        assert usage is not None
        assert usage.example.split()[1] in words_for(things)
