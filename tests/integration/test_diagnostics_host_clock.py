"""The machine's clock against a real time server over UDP, well-behaved or not."""

from typing import Any

import pytest
from pydantic import ValidationError

from bot.diagnostics.checks.host import host
from bot.diagnostics.checks.host.disks import Looks
from bot.diagnostics.result import Result, Verdict
from bot.diagnostics.runner import run
from tests.support.ports import nobody
from tests.support.targets import NOW, a_target, by_check
from tests.support.timeserver import Answers, telling, timeserver

#: The machine's clock in these tests stands still.
HERE = 1_772_334_000.25


async def clock(port: int, *servers: str, here: float = HERE, **section: Any) -> Result:
    target = a_target("host", ntp=servers or ["127.0.0.1"], ntp_port=port, **section)
    report = await run([target], now=NOW, only=["clock"], kinds={"host": host(Looks(), lambda: here)})
    return by_check(report)["clock"]


async def found(answers: Answers, **more: Any) -> Result:
    async with timeserver(answers) as port:
        return await clock(port, **more)


@pytest.mark.parametrize(
    ("off_s", "verdict", "said"),
    [
        (0.0, Verdict.OK, "The clock is 0 ms behind 127.0.0.1."),
        (0.25, Verdict.OK, "The clock is 250 ms behind 127.0.0.1."),
        (-0.5, Verdict.WARN, "The clock is 500 ms ahead of 127.0.0.1."),
        (3.25, Verdict.WARN, "The clock is 3250 ms behind 127.0.0.1."),
        (-7200, Verdict.CRITICAL, "The clock is 2.0 h ahead of 127.0.0.1."),
    ],
)
async def test_the_offset_is_measured_and_judged(off_s: float, verdict: Verdict, said: str) -> None:
    result = await found(telling(HERE + off_s, HERE + off_s))
    assert (result.verdict, result.value, result.unit) == (verdict, abs(off_s) * 1000, "ms")
    assert result.explanation == said
    assert bool(result.next_step) is (verdict is not Verdict.OK)
    assert result.rows is not None
    assert result.rows.rows[0][:2] == ("127.0.0.1", off_s * 1000)


async def test_what_the_server_took_to_answer_is_no_offset() -> None:
    result = await found(telling(HERE - 0.125, HERE + 0.125))
    assert result.value == 0


@pytest.mark.parametrize("here", [2_085_978_495.5, 2_085_978_497.5])
async def test_the_end_of_the_era_in_2036_is_no_offset(here: float) -> None:
    result = await found(telling(2_085_978_496.5, 2_085_978_496.5), here=here)
    assert result.value == 1000


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (lambda _question: None, "no answer within 0.2 s"),
        (lambda _question: b"what a lovely day", "none of a time server"),
        (lambda _question: bytes(48), "none of a time server"),
        (lambda _question: b"\xff" * 60_000, "none of a time server"),
        (lambda question: question, "none of a time server"),
        (lambda question: telling(HERE, HERE)(question[:40] + bytes(8)), "none of a time server"),
        (telling(HERE, HERE, stratum=0, reference=b"RATE"), "it is asked too often (RATE)"),
        (telling(HERE, HERE, stratum=0, reference=b"DENY"), "it does not serve this machine (DENY)"),
        (telling(HERE, HERE, stratum=0, reference=b"\xff\0<b"), "it wants to be left alone."),
        (telling(HERE, HERE, stratum=16), "its own clock is not set"),
        (telling(HERE, HERE, first=0xE4), "its own clock is not set"),
        (telling(HERE, -2_208_988_800), "its own clock is not set"),
    ],
    ids=["silent", "short", "zeros", "long", "echo", "forged", "rate", "deny", "kiss", "stratum", "leap", "none"],
)  # fmt: skip
async def test_a_server_that_tells_no_time_is_a_failed_check(answers: Answers, said: str) -> None:
    result = await found(answers, check_timeout=0.25)
    assert result.verdict is Verdict.ERROR
    assert said in result.explanation
    assert "`ntp`" in result.next_step


async def test_a_server_that_is_not_there_is_a_failed_check_and_others_are_heard() -> None:
    assert "nothing listens there" in (await clock(nobody())).explanation
    assert "the name is not known" in (await clock(123, "nowhere.invalid")).explanation
    async with timeserver(telling(HERE, HERE)) as port:
        result = await clock(port, "nowhere.invalid", "127.0.0.1")
    assert result.verdict is Verdict.OK
    assert result.rows is not None
    assert result.rows.rows[0] == ("nowhere.invalid", "", "", "the name is not known")


async def test_without_time_servers_nobody_is_asked() -> None:
    report = await run([a_target("host")], now=NOW, kinds={"host": host(Looks(), lambda: HERE)})
    assert "clock" not in by_check(report)


@pytest.mark.parametrize("server", ["ntp://time.example.com", "time.example.com:123", "bob:hunter2@time.example.com"])
def test_a_time_server_is_a_host_and_nothing_else(server: str) -> None:
    with pytest.raises(ValidationError, match="is not a host") as refused:
        a_target("host", ntp=[server])
    assert "hunter2" not in str(refused.value)
