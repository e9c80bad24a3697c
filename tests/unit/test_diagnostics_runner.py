"""The runner: side by side or in turn, each within its time, and whatever goes wrong is a result."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from pydantic import BaseModel

from bot.diagnostics.check import Asking, Thresholds
from bot.diagnostics.kind import Kind, SessionLost
from bot.diagnostics.result import Measurement, Report, Verdict
from bot.diagnostics.runner import Progress, run
from bot.diagnostics.target import NotSet, Target
from tests.support.targets import NOW

Ask = Callable[[Any, Thresholds], Awaitable[Measurement]]
WELL = Measurement(verdict=Verdict.OK, explanation="Well.")


async def well(_session: Any, _thresholds: Thresholds) -> Measurement:
    return WELL


async def hangs(_session: Any, _thresholds: Thresholds) -> Measurement:
    await asyncio.Event().wait()
    return WELL


def raising(error: Exception) -> Ask:
    async def ask(_session: Any, _thresholds: Thresholds) -> Measurement:
        raise error

    return ask


def kind(name: str = "thing", *, in_turn: bool = False, begins: Exception | None = None, **asks: Ask) -> Kind:
    @asynccontextmanager
    async def connect(_target: Target) -> AsyncIterator[None]:
        if begins is not None:
            raise begins
        yield

    checks = [Asking(name=each, title=each.capitalize(), ask=ask, ran=each) for each, ask in asks.items()]
    return Kind(
        name=name, options=BaseModel, checks=lambda _options: checks, connect=connect, against=lambda _target: "there",
        in_turn=in_turn,
    )  # fmt: skip


async def found(*kinds: Kind, **more: Any) -> Report:
    targets = [
        Target(name=f"{each.name}-{at}", kind=each.name, options=None, timeout_s=1, check_timeout_s=0.2)
        for at, each in enumerate(kinds)
    ]
    return await run(targets, now=NOW, kinds={each.name: each for each in kinds}, **more)


def verdicts(report: Report) -> dict[str, str]:
    return {result.label: result.verdict.value for result in report.results}


@pytest.mark.parametrize(
    ("error", "verdict", "says"),
    [
        (ValueError("no number: hunter2@example.com"), Verdict.ERROR, "The check failed: ValueError: no number: ***."),
        (ConnectionResetError("reset by peer"), Verdict.ERROR, "The check failed: reset by peer."),
        (TimeoutError(), Verdict.ERROR, "The check failed: no answer in time."),
        (NotSet("SHOP_URL"), Verdict.ERROR, "SHOP_URL is not set."),
    ],
)
async def test_a_check_that_fails_is_an_error_and_the_others_go_on(
    error: Exception, verdict: Verdict, says: str
) -> None:
    report = await found(kind(first=well, broken=raising(error), last=well))
    assert [result.verdict for result in report.results] == [Verdict.OK, verdict, Verdict.OK]
    assert report.results[1].explanation == says


async def test_a_check_that_hangs_is_given_up_and_delays_nobody() -> None:
    report = await found(kind(first=well, hangs=hangs, last=well))
    assert verdicts(report) == {"First": "OK", "Hangs": "ERROR", "Last": "OK"}
    assert report.results[1].explanation == "The check failed: no answer within 0.2 s."


async def test_after_a_check_that_hangs_a_shared_connection_is_asked_nothing_more() -> None:
    report = await found(kind(in_turn=True, first=well, hangs=hangs, last=well))
    assert verdicts(report) == {"First": "OK", "Hangs": "ERROR", "Last": "NO_DATA"}
    assert report.results[2].explanation == "Not run: the connection was lost during an earlier check."


async def test_a_connection_that_breaks_at_the_first_check_is_critical() -> None:
    report = await found(kind(in_turn=True, first=raising(SessionLost("gone")), last=well))
    assert verdicts(report) == {"First": "CRITICAL", "Last": "NO_DATA"}


@pytest.mark.parametrize(
    ("error", "verdict", "says"),
    [
        (ConnectionRefusedError("refused"), "CRITICAL", "It was not reached: refused."),
        (TimeoutError(), "CRITICAL", "It was not reached: no answer in time."),
        (NotSet("SHOP_URL"), "ERROR", "SHOP_URL is not set."),
    ],
)
async def test_a_target_that_is_not_reached_says_so_once(error: Exception, verdict: str, says: str) -> None:
    report = await found(kind(begins=error, first=well, last=well))
    assert verdicts(report) == {"First": verdict, "Last": "NO_DATA"}
    assert report.results[0].explanation == says


async def test_several_targets_are_told_apart_and_one_that_is_down_leaves_the_others_alone() -> None:
    report = await found(kind("a", first=well), kind("b", begins=OSError("down"), first=well), name="shop")
    assert (report.target, report.kind) == ("shop", "a, b")
    assert verdicts(report) == {"a-0: First": "OK", "b-1: First": "CRITICAL"}
    assert report.findings == ("b-1: First: It was not reached: down.",)
    assert Report.from_dict(report.to_dict()) == report


async def test_only_the_checks_that_were_asked_for_run() -> None:
    report = await found(kind(first=raising(ValueError()), last=well), only=["last"])
    assert verdicts(report) == {"Last": "OK"}


async def test_progress_is_told_after_every_check() -> None:
    told: list[Progress] = []
    await found(kind(in_turn=True, first=well, last=well), tell=told.append)
    assert told == [Progress(1, 2, ("Last",)), Progress(2, 2, ())]


async def test_more_targets_than_are_asked_at_once_are_all_asked() -> None:
    report = await found(*[kind("a", first=well)] * 50)
    assert len(report.results) == 50
    assert report.verdict is Verdict.OK


@pytest.mark.parametrize("stuck", [10, 40])
async def test_targets_that_hang_delay_none_of_the_others(stuck: int) -> None:
    others, over = 50 - stuck, asyncio.Event()

    async def until_the_others_are_done(_session: Any, _thresholds: Thresholds) -> Measurement:
        await over.wait()
        return WELL

    def tell(progress: Progress) -> None:
        if progress.done == others:
            over.set()

    hang, fine = kind("stuck", first=until_the_others_are_done), kind("fine", first=well)
    patient = [
        Target(name=f"{each.name}-{at}", kind=each.name, options=None, timeout_s=60, check_timeout_s=60)
        for at, each in enumerate([hang] * stuck + [fine] * others)
    ]
    report = await run(patient, now=NOW, kinds={"stuck": hang, "fine": fine}, tell=tell)
    # A target that was waited for would have used up its time.
    assert {result.verdict for result in report.results} == {Verdict.OK}


async def test_fifty_targets_of_which_ten_hang_at_the_beginning_or_later_are_fifty_results() -> None:
    late, early, fine = kind("late", first=hangs), kind("early", first=well), kind("fine", first=well)

    @asynccontextmanager
    async def never(_target: Target) -> AsyncIterator[None]:
        await asyncio.Event().wait()
        yield

    report = await found(*[late] * 5, *[replace(early, connect=never)] * 5, *[fine] * 40)
    assert [result.verdict for result in report.results] == [
        *[Verdict.ERROR] * 5,
        *[Verdict.CRITICAL] * 5,
        *[Verdict.OK] * 40,
    ]


async def test_a_kind_without_checks_is_an_error() -> None:
    report = await run([Target(name="sun", kind="sundial", options=None)], now=NOW)
    assert report.verdict is Verdict.ERROR
    assert "sundial" in report.results[0].explanation
