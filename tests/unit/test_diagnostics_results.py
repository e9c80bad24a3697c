"""Reports: worst first, the same after JSON, and with a digest that holds."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from bot.diagnostics.result import MAX_ROWS, Report, Result, Rows, Verdict

WHEN = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
words = st.text(max_size=20).filter(lambda word: "\x00" not in word)
cells = st.one_of(st.none(), words, st.integers(), st.floats(allow_nan=False, allow_infinity=False))
tables = st.builds(
    Rows,
    columns=st.tuples(words, words),
    rows=st.lists(st.tuples(cells, cells), max_size=3).map(tuple),
    left_out=st.integers(0, 9),
)
results = st.builds(
    Result,
    check=words,
    title=words,
    verdict=st.sampled_from(Verdict),
    value=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    unit=words,
    threshold=words,
    ran=words,
    against=words,
    took_ms=st.floats(0, 1e6),
    explanation=words,
    next_step=words,
    rows=st.none() | tables,
)


def report(*found: Result) -> Report:
    return Report(target="db", kind="postgres", against="postgresql:///", started_at=WHEN, took_ms=7, results=found)


def result(verdict: Verdict, title: str = "Locks") -> Result:
    return Result(
        check="locks",
        title=title,
        verdict=verdict,
        value=1,
        unit="sessions",
        threshold="none",
        ran="SELECT 1",
        against="postgresql:///",
        took_ms=1.0,
        explanation="One waits.",
        next_step="",
    )


@given(st.lists(results, max_size=4))
def test_a_report_comes_back_from_json_as_it_was(found: list[Result]) -> None:
    made = report(*found)
    again = Report.from_dict(json.loads(json.dumps(made.to_dict())))
    assert again == made
    assert again.digest() == made.digest()


def test_the_digest_changes_with_the_evidence() -> None:
    assert report(result(Verdict.OK)).digest() != report(result(Verdict.WARN)).digest()


def test_the_worst_verdict_counts_and_nothing_is_no_data() -> None:
    assert Verdict.worst([]) is Verdict.NO_DATA
    assert Verdict.worst([Verdict.OK, Verdict.NO_DATA]) is Verdict.NO_DATA
    assert Verdict.worst([Verdict.ERROR, Verdict.WARN]) is Verdict.ERROR
    assert report(result(Verdict.OK), result(Verdict.CRITICAL), result(Verdict.ERROR)).verdict is Verdict.CRITICAL


def test_findings_are_what_is_not_ok_with_the_worst_first() -> None:
    made = report(result(Verdict.OK, "Size"), result(Verdict.NO_DATA, "Cache"), result(Verdict.CRITICAL, "Locks"))
    assert made.findings == ("Locks: One waits.", "Cache: One waits.")
    assert [each.title for each in made.worst_first] == ["Locks", "Cache", "Size"]


def test_a_table_is_bounded_and_holds_plain_values() -> None:
    made = Rows.of(
        ("a", "b", "c", "d", "e"),
        [(Decimal("1.50"), timedelta(minutes=1), WHEN, None, "mail jane@example.com")] * (MAX_ROWS + 3),
    )
    assert Rows.of(("a", "b", "c"), [(True, float("nan"), 10**20)]).rows == (("true", "nan", 10**20),)
    assert made.rows[0] == (1.5, 60.0, "2026-03-01T03:00:00+00:00", None, "mail ***")
    assert len(made.rows) == MAX_ROWS
    assert made.left_out == 3


def test_only_the_rows_that_are_shown_are_made_readable() -> None:
    class Unread:
        def __str__(self) -> str:
            raise AssertionError("It is cut off, and reading it costs time.")

    assert Rows.of(("a",), ([each] for each in ("one", "two", Unread(), Unread())), most=2) == Rows(
        columns=("a",), rows=(("one",), ("two",)), left_out=2
    )
