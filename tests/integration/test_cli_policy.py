"""`muster policy`: a pack as people read it."""

import os
import subprocess
import sys

import pytest


def muster(*words: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MUSTER_", "SLACK_"))}
    return subprocess.run(
        [sys.executable, "-m", "bot", "policy", *words], capture_output=True, text=True, check=False, env=environment
    )


def rows(printed: str) -> list[list[str]]:
    return [line.split("\t") for line in printed.splitlines() if "\t" in line]


def test_a_severity_is_printed_as_a_timetable() -> None:
    done = muster("simulate", "sev1", "--at", "2026-02-02T14:02", "--ack", "12m", "--resolve", "40m", "--for", "3d")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("P1 declared Monday 02 February 2026, 14:02 UTC")
    assert rows(done.stdout)[1:] == [
        ["0", "14:02", "declared", "on-call, engineering-lead"],
        ["+5m", "14:07", "escalates: unacknowledged after 5 min", "on-call"],
        ["+10m", "14:12", "escalates: unacknowledged after 5 min, round 2", "on-call"],
        ["+12m", "14:14", "acknowledged", "somebody"],
        ["+15m", "14:17", "asks for an update", "the channel"],
        ["+30m", "14:32", "asks for an update", "the channel"],
        ["+40m", "14:42", "resolved", "somebody"],
        ["+2d40m", "Wed 04 Feb 14:42", "reminds of the review", "the channel"],
    ]


def test_regular_updates_leave_the_clock_nothing_to_ask_for() -> None:
    done = muster("simulate", "P1", "--ack", "1m", "--update", "14m", "--resolve", "1h", "--for", "2h")
    assert "asks for an update" not in done.stdout


def test_a_pack_is_printed_as_tables() -> None:
    done = muster("show")
    assert done.returncode == 0, done.stderr
    assert ["p1-unacknowledged", "P1", "unacknowledged", "5m", "on-call", "every 5m, 3 times"] in rows(done.stdout)
    assert ["on-call", "nobody yet"] in rows(done.stdout)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("simulate", "P9"), "There is no severity"),
        (("simulate", "P1", "--at", "tomorrow"), "--at: “tomorrow” is no time"),
        (("simulate", "P1", "--ack", "soon"), "--ack: “soon” is no duration"),
        (("simulate", "P1", "--close", "1h"), "Resolve it before closing it"),
        (("show", "--pack", "nowhere"), "nowhere"),
    ],
)
def test_what_cannot_be_simulated_is_answered_in_a_sentence(words: tuple[str, ...], complaint: str) -> None:
    done = muster(*words)
    assert done.returncode != 0
    assert complaint in done.stderr
    assert "Traceback" not in done.stderr
