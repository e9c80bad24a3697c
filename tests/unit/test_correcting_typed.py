"""How a correction of the record is typed, and which moment a time means."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import commands as c
from bot.domain.actor import Actor
from bot.domain.errors import DomainError
from bot.slack.correcting import NotATime, WhichCorrection, WhichZone, command_of, split_when
from bot.slack.intents import ArgumentMissing, Look
from bot.slack.parse import parse
from bot.slack.when import Correct
from tests.support.policies import a_policy

DANA = Actor.person("U0DANA")
POLICY = a_policy()
NOW = datetime(2026, 2, 11, 23, 30, tzinfo=UTC)


def asked(text: str) -> object:
    return parse(text, by=DANA, policy=POLICY, today=date(2026, 2, 11)).intent


def command(text: str, *, happened_at: datetime | None = None, over: datetime | None = None) -> c.Command:
    intent = asked(text)
    assert isinstance(intent, Correct)
    return command_of(intent, DANA, NOW, happened_at=happened_at, over=over)


def on(day: int, hour: int, minute: int, second: int = 0) -> datetime:
    return datetime(2026, 2, day, hour, minute, second, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "means"),
    [
        ("22:40", on(11, 22, 40)),
        ("at 22:40:15", on(11, 22, 40, 15)),
        ("23:45", on(10, 23, 45)),  # it is not that late yet
        ("10:40pm", on(11, 22, 40)),
        ("22:40 UTC", on(11, 22, 40)),
        ("23:40+01:00", on(11, 22, 40)),
        ("yesterday 22:40", on(10, 22, 40)),
        ("yesterday at 22:40,", on(10, 22, 40)),
        ("today 8:05", on(11, 8, 5)),
        ("2026-02-09 22:40", on(9, 22, 40)),
        ("2026-02-09T22:40Z", on(9, 22, 40)),
        ("10 minutes ago", on(11, 23, 20)),
        ("1h30m ago", on(11, 22, 0)),
        ("an hour ago,", on(11, 22, 30)),
        ("just now", NOW),
    ],
)
def test_a_time_is_said_as_people_say_it(typed: str, means: datetime) -> None:
    assert command(f"timeline add {typed} Deploy 482 went out") == c.AddEntry(
        by=DANA, happened_at=means, text="Deploy 482 went out"
    )


def test_a_time_of_day_is_looked_for_around_the_incident() -> None:
    over = on(9, 2, 0)
    found = command("timeline add 23:50 The deploy", over=over)
    assert isinstance(found, c.AddEntry)
    assert found.happened_at == on(8, 23, 50)
    moved = command("timeline move #12 to 00:05 The log says so", happened_at=on(9, 23, 58))
    assert moved == c.MoveEntry(by=DANA, about=12, happened_at=on(10, 0, 5), why="The log says so")


def test_every_correction_is_read() -> None:
    assert command("timeline add 22:40 It broke because of DNS, because its log says so") == c.AddEntry(
        by=DANA, happened_at=on(11, 22, 40), text="It broke because of DNS,", why="its log says so"
    )
    assert command("timeline hide #12 because wrong channel") == c.HideEntry(by=DANA, about=12, why="wrong channel")
    assert command("timeline show 12") == c.ShowEntry(by=DANA, about=12)
    assert command("timeline annotate #12: This &lt;was&gt; a test") == c.AnnotateEntry(
        by=DANA, about=12, text="This <was> a test"
    )
    assert asked("timeline hidden") is Look.HIDDEN
    assert asked("timeline") is Look.TIMELINE
    assert parse("INC-2026-02-11-001 timeline hidden", by=DANA, policy=POLICY, today=date(2026, 2, 11)).ref


@pytest.mark.parametrize(
    ("typed", "problem", "says"),
    [
        ("timeline add", ArgumentMissing, "when it was, in UTC"),
        ("timeline add soon Deploy", NotATime, "22:40"),
        ("timeline add 25:99 Deploy", NotATime, "25:99"),
        ("timeline add 2026-02-30 10:00 Deploy", NotATime, "2026-02-30"),
        ("timeline add 13:40pm Deploy", NotATime, "13:40pm"),
        ("timeline add 99999w99999d ago Deploy", NotATime, "99999w99999d"),
        ("timeline add 22:40 CET Deploy", WhichZone, "UTC"),
        ("timeline add 22:40", ArgumentMissing, "what happened then"),
        ("timeline move 22:40 The log", ArgumentMissing, "which entry"),
        ("timeline move #12", ArgumentMissing, "when it was"),
        ("timeline move #12 22:40", ArgumentMissing, "how that is known"),
        ("timeline hide #12", ArgumentMissing, "why it should not be read"),
        ("timeline hide that", ArgumentMissing, "which entry"),
        ("timeline annotate #12", ArgumentMissing, "what is to be known"),
        ("timeline hdie #12 No", WhichCorrection, "hide"),
    ],
)
def test_what_is_missing_is_named_with_an_example(typed: str, problem: type[DomainError], says: str) -> None:
    with pytest.raises(problem) as refused:
        asked(typed)
    assert says in refused.value.sentence


@given(st.text(max_size=40), st.sampled_from(["add", "move #1", "hide #1", "annotate 1", "show"]))
def test_whatever_is_typed_is_read_or_refused(text: str, verb: str) -> None:
    try:
        found = asked(f"timeline {verb} {text}")
    except DomainError:
        return
    assert isinstance(found, Correct)
    command_of(found, DANA, NOW, happened_at=NOW - timedelta(hours=1), over=None)


@given(st.datetimes(datetime(2026, 1, 1), datetime(2026, 2, 11)).map(lambda one: one.replace(microsecond=0)))  # noqa: DTZ001 (UTC is put in below)
def test_a_moment_that_is_written_whole_is_that_moment(moment: datetime) -> None:
    when, rest = split_when(f"{moment:%Y-%m-%d %H:%M:%S} It broke", "")
    assert (when.at(NOW), rest) == (moment.replace(tzinfo=UTC), "It broke")
