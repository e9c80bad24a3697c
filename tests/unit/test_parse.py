"""What people type, as Slack sends it, to what they want."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import commands as c
from bot.domain.actor import Actor
from bot.domain.rules import Policy
from bot.paths import RUNBOOKS
from bot.policy.read import read_pack
from bot.slack.intents import (
    ArgumentMissing,
    Diagnose,
    FillDeclaration,
    FillResolution,
    FillUpdate,
    Help,
    Look,
    NobodyMentioned,
    NoSuchOption,
    NotADate,
    NotATaskNumber,
    OptionWithoutValue,
    Parsed,
    ReadRunbook,
    TooManyMentioned,
    UnknownCommand,
    UsageProblem,
)
from bot.slack.parse import parse
from bot.slack.usage import USAGES, nearest_usage, usage_of

ALICE = Actor.person("U0ALICE")
SATURDAY = date(2026, 2, 14)


def _policy() -> Policy:
    return read_pack("default", root=RUNBOOKS)


POLICY = _policy()


def read(text: str, today: date = SATURDAY) -> Parsed:
    return parse(text, by=ALICE, policy=POLICY, today=today)


def intent(text: str, today: date = SATURDAY) -> Any:
    return read(text, today).intent


# Every command


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ack", c.Acknowledge(by=ALICE)),
        ("update Failing over", c.PostUpdate(by=ALICE, text="Failing over")),
        ("update", FillUpdate()),
        ("status monitoring", c.ChangeStatus(by=ALICE, status="monitoring")),
        ("status Monitoring: rate falls", c.ChangeStatus(by=ALICE, status="Monitoring", note="rate falls")),
        ("status cause found a lock", c.ChangeStatus(by=ALICE, status="cause found", note="a lock")),
        ("status nonsense here", c.ChangeStatus(by=ALICE, status="nonsense", note="here")),
        ("severity P2 one region", c.ChangeSeverity(by=ALICE, severity="P2", why="one region")),
        ("severity sev 2 one region", c.ChangeSeverity(by=ALICE, severity="sev 2", why="one region")),
        ("role comms <@U1|bob>", c.AssignRole(by=ALICE, role="comms", user="U1")),
        ("role <@U1> to incident commander", c.AssignRole(by=ALICE, role="incident commander", user="U1")),
        ("role scribe me", c.AssignRole(by=ALICE, role="scribe", user="U0ALICE")),
        ("lead <@U1|bob>", c.AssignRole(by=ALICE, role="commander", user="U1")),
        ("lead me", c.AssignRole(by=ALICE, role="commander", user="U0ALICE")),
        ("handoff to <@W1|bob>", c.AssignRole(by=ALICE, role="commander", user="W1")),
        ("escalate --now", c.Escalate(by=ALICE)),
        ("escalate Nobody answers --now", c.Escalate(by=ALICE, why="Nobody answers")),
        ("escalate <@U1|bob> it is bad --now", c.Escalate(by=ALICE, why="it is bad", people=("U1",))),
        ("escalate it is bad <@U1|bob> <@U2> --now", c.Escalate(by=ALICE, why="it is bad", people=("U1", "U2"))),
        ("escalate <!subteam^S01|@sre> --now", c.Escalate(by=ALICE, people=("S01",))),
        ("escalate bad @on-call --now", c.Escalate(by=ALICE, why="bad", people=("on-call",))),
        ("note Pool at 98 %", c.AddNote(by=ALICE, text="Pool at 98 %")),
        ("note", c.AddNote(by=ALICE, text="")),
        ("diag", Diagnose()),
        ("diag db", Diagnose("db")),
        ("runbook", ReadRunbook()),
        ("runbook slow-queries", ReadRunbook("slow-queries")),
        ("task", Look.TASKS),
        ("tasks", Look.TASKS),
        ("task Add an alert", c.AddActionItem(by=ALICE, text="Add an alert")),
        ("task done 3", c.FinishActionItem(by=ALICE, number=3)),
        ("task 3 done", c.FinishActionItem(by=ALICE, number=3)),
        ("task done #12", c.FinishActionItem(by=ALICE, number=12)),
        ("resolve", FillResolution()),
        ("resolve Rolled back", c.Resolve(by=ALICE, summary="Rolled back")),
        ("reopen It came back", c.Reopen(by=ALICE, why="It came back")),
        ("close", c.Close(by=ALICE)),
        ("review", c.RequestReview(by=ALICE)),
        ("pir", c.RequestReview(by=ALICE)),
        ("PostMortem", c.RequestReview(by=ALICE)),
        ("timeline", Look.TIMELINE),
        ("show", Look.SHOW),
        ("list", Look.LIST),
        ("catchup", Look.CATCHUP),
        ("catch-up", Look.CATCHUP),
        ("help", Help()),
        ("", Help()),
        ("  ", Help()),
        ("help ack", Help(usage_of("ack"))),
        ("ack --help", Help(usage_of("ack"))),
        ("ack \u2014help", Help(usage_of("ack"))),
    ],
)
def test_a_command_is_read(text: str, expected: object) -> None:
    assert intent(text) == expected


def test_every_usages_example_and_alias_is_read_as_its_command() -> None:
    for usage in USAGES:
        assert read(usage.example.replace("@bob", "<@U1|bob>").replace("@carol", "<@U2>")).usage == usage
        for word in usage.words:
            assert usage_of(word) == usage


# Declaring


def declared(text: str) -> c.Declare:
    found = intent(f"declare {text}")
    assert isinstance(found, c.Declare)
    return found


@pytest.mark.parametrize(
    ("text", "severity", "title"),
    [
        ("P1 Checkout is down", "P1", "Checkout is down"),
        ("p1: Checkout is down", "p1", "Checkout is down"),
        ("sev1 Checkout is down", "sev1", "Checkout is down"),
        ("SEV-1 Checkout is down", "SEV-1", "Checkout is down"),
        ("sev 1 Checkout is down", "sev 1", "Checkout is down"),
        ("critical Checkout is down", "critical", "Checkout is down"),
        ("Checkout is down", None, "Checkout is down"),
        ("High error rate on checkout", None, "High error rate on checkout"),
        ("High: errors on checkout", "High", "errors on checkout"),
        ("p9 Checkout is down", "p9", "Checkout is down"),
        ("sev-7 Checkout is down", "sev-7", "Checkout is down"),
        ("p99 latency is up", None, "p99 latency is up"),
        ("s3 uploads fail", None, "s3 uploads fail"),
        ("“Checkout is down”", None, "Checkout is down"),
        ("P2   too\u00a0 many\u200b   spaces", "P2", "too many spaces"),
        ("a &lt;b&gt; &amp;amp; c", None, "a <b> &amp; c"),
        ("<https://x.example|x.example> is down", None, "https://x.example is down"),
        ("<https://x.example/a|the shop> is down", None, "the shop (https://x.example/a) is down"),
        ("<mailto:a@b.example|a@b.example> bounces", None, "a@b.example bounces"),
        ("<@U1|bob> can't log in to <#C1|general>", None, "@bob can't log in to #general"),
        ("<!here> it burns", None, "@here it burns"),
        ("Checkout --force deploy broke it", None, "Checkout --force deploy broke it"),
    ],
)
def test_a_declarations_severity_and_title(text: str, severity: str | None, title: str) -> None:
    found = declared(text)
    assert (found.severity, found.title) == (severity, title)


@pytest.mark.parametrize(
    "text",
    [
        "P1 Down --service checkout --private --drill",
        "--service checkout P1 --drill Down --private",
        "P1 Down \u2014service checkout \u2014private \u2014drill",
        "P1 Down \u2013\u200bservice=checkout \u2014PRIVATE --drill",
        "--severity P1 Down --service=“checkout” --private --drill",
    ],
)
def test_options_may_stand_anywhere_and_be_typed_by_a_phone(text: str) -> None:
    found = declared(text)
    assert (found.severity, found.title, found.service, found.private, found.drill) == (
        "P1", "Down", "checkout", True, True,
    )  # fmt: skip


def test_a_service_of_several_words_is_quoted() -> None:
    assert declared("Down --service “card payments” now").service == "card payments"
    assert declared("Down --service “card payments” now").title == "Down now"


def test_without_a_title_a_form_asks_and_knows_what_was_typed() -> None:
    assert intent("declare") == FillDeclaration()
    assert intent("declare SEV-2 --service shop --drill") == FillDeclaration(severity="P2", service="shop", drill=True)
    assert intent("declare p9") == FillDeclaration()


def test_an_option_that_is_nearly_right_is_asked_about() -> None:
    with pytest.raises(NoSuchOption) as caught:
        read("declare Down --sevice checkout")
    assert caught.value.hint == "Did you mean --service?"


def test_an_option_without_its_value_is_asked_for() -> None:
    for text in ("declare Down --service", "declare Down --service --private"):
        with pytest.raises(OptionWithoutValue):
            read(text)


# Which incident


@pytest.mark.parametrize(
    "text",
    [
        "INC-2026-02-14-001 ack",
        "inc-2026-02-14-001 ack",
        "#inc-2026-02-14-001 ACK",
        "INC\u20112026\u201102\u201114\u2011001: ack",
        "inc-2026-02-14-001-checkout-is-down ack",
        "<#C1|inc-2026-02-14-001-checkout> ack",
        "ack INC-2026-02-14-001",
    ],
)
def test_the_incident_comes_first(text: str) -> None:
    found = read(text)
    assert (found.ref, found.intent) == ("INC-2026-02-14-001", c.Acknowledge(by=ALICE))


def test_a_reference_within_a_text_is_part_of_it() -> None:
    found = read("update INC-2026-02-14-002 caused this too")
    assert found.ref is None
    assert found.intent == c.PostUpdate(by=ALICE, text="INC-2026-02-14-002 caused this too")


def test_a_reference_alone_shows_the_incident() -> None:
    assert read("INC-2026-02-14-001").intent is Look.SHOW


def test_a_channel_stands_for_its_incident() -> None:
    found = read("<#C0123|checkout-war-room> ack")
    assert (found.ref, found.channel) == (None, "C0123")


def test_what_is_like_a_reference_is_looked_up_as_one() -> None:
    assert read("INC-42 ack").ref == "INC-42"


# People, dates


def test_people_in_a_text_stay_readable_as_people() -> None:
    assert intent("note <@U1|bob> said &lt;it&gt; is &amp;amp;") == c.AddNote(
        by=ALICE, text="<@U1|bob> said <it> is &amp;"
    )


@pytest.mark.parametrize("text", ["lead", "lead @bob", "role comms", "role comms @bob", "handoff bob"])
def test_somebody_has_to_be_mentioned(text: str) -> None:
    with pytest.raises(NobodyMentioned) as caught:
        read(text)
    assert caught.value.usage is not None


def test_a_role_has_one_holder() -> None:
    with pytest.raises(TooManyMentioned):
        read("role comms <@U1> <@U2>")


@pytest.mark.parametrize("text", ["role <@U1>", "status", "severity"])
def test_what_is_missing_is_named_with_what_there_is(text: str) -> None:
    with pytest.raises(ArgumentMissing) as caught:
        read(text)
    assert "Known: " in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("Mend it by 2026-03-01", date(2026, 3, 1)),
        ("Mend it by today", date(2026, 2, 14)),
        ("Mend it by tomorrow", date(2026, 2, 15)),
        ("Mend it by Friday", date(2026, 2, 20)),
        ("Mend it by sat", date(2026, 2, 21)),
        ("Mend it due next monday.", date(2026, 2, 16)),
        ("Mend it in 3 days", date(2026, 2, 17)),
        ("Mend it by in 2 weeks", date(2026, 2, 28)),
        ("Mend it, by tomorrow", date(2026, 2, 15)),
    ],
)
def test_a_tasks_date(text: str, due: date) -> None:
    assert intent(f"task {text}") == c.AddActionItem(by=ALICE, text="Mend it", due=due)


@pytest.mark.parametrize("text", ["Mend it <@U1|bob> by friday", "Mend it by friday <@U1|bob>"])
def test_a_tasks_owner_and_date_come_in_either_order(text: str) -> None:
    assert intent(f"task {text}") == c.AddActionItem(by=ALICE, text="Mend it", owner="U1", due=date(2026, 2, 20))


def test_an_owner_within_the_sentence_stays_in_it() -> None:
    assert intent("task Ask <@U1|bob> about the pool") == c.AddActionItem(
        by=ALICE, text="Ask <@U1|bob> about the pool", owner="U1"
    )


@pytest.mark.parametrize("text", ["Write the alert by hand", "Stand by", "Go by bus by noon"])
def test_by_alone_makes_no_date(text: str) -> None:
    assert intent(f"task {text}") == c.AddActionItem(by=ALICE, text=text)


@pytest.mark.parametrize("text", ["Mend it by 2026-02-30", "Mend it by 14.02.2026", "Mend it by 3/4"])
def test_a_date_that_is_none_is_asked_about(text: str) -> None:
    with pytest.raises(NotADate):
        read(f"task {text}")


@pytest.mark.parametrize("text", ["task done", "task done nothing", "task done 9999999"])
def test_a_task_is_ticked_off_by_its_number(text: str) -> None:
    with pytest.raises(NotATaskNumber):
        read(text)


# Unknown words


@pytest.mark.parametrize(("typed", "near"), [("akc", "ack"), ("declair", "declare"), ("sevrity", "severity")])
def test_an_unknown_command_shows_the_nearest(typed: str, near: str) -> None:
    with pytest.raises(UnknownCommand) as caught:
        read(f"{typed} this and that")
    assert caught.value.sentence == f"There is no command “{typed}”."
    assert caught.value.usage == usage_of(near) == nearest_usage(typed)


def test_nothing_like_a_command_has_no_nearest() -> None:
    with pytest.raises(UnknownCommand) as caught:
        read("qqqqqqq")
    assert caught.value.usage is None


# Laws

_pieces = st.sampled_from(
    [
        *(word for usage in USAGES for word in usage.words),
        *("INC-2026-02-14-001", "inc-1", "<@U1|bob>", "<@U2>", "<#C1|inc-2026-01-01-001>", "<!subteam^S1|@sre>"),
        *("<!here>", "<https://x|y>", "&amp;", "&lt;", "--service", "\u2014service", "--private", "--sevrity"),
        *("P1", "sev", "1", "by", "friday", "2026-02-30", "in", "3", "days", "done", "me"),
        *("“", "”", '"', "<", ">", "<@", "|", "#", "\n", "\u200b"),
    ]
)
_texts = st.one_of(st.text(max_size=200), st.lists(_pieces, max_size=12).map(" ".join))


@given(_texts)
def test_whatever_is_typed_is_read_or_is_a_usage_problem(text: str) -> None:
    try:
        usage = read(text).usage
    except UsageProblem as problem:
        usage = problem.usage or USAGES[0]
    assert usage in USAGES


@given(
    st.text(alphabet=st.characters(exclude_characters="<>&", exclude_categories=["Cc", "Cf", "Cs", "Z"]), min_size=1)
)
def test_a_plain_word_survives_as_a_note(word: str) -> None:
    found = intent(f"note x{word}x")
    assert found == c.AddNote(by=ALICE, text=f"x{word}x")


@given(st.text(alphabet="&<>;ampltgx ", max_size=40))
def test_entities_are_decoded_exactly_once(text: str) -> None:
    sent = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert intent(f"note |{sent}|") == c.AddNote(by=ALICE, text=f"|{text}|")
