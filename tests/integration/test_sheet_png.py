"""The picture of an incident's course, drawn for Slack by the process that really draws it."""

import sys
from subprocess import run

import pytest

from bot.charts import MOST, ChartFailed, sheet_png
from bot.postmortem.layout import layout
from bot.postmortem.picture import picture
from bot.postmortem.sheet import Shape, Sheet
from tests.support.courses import START, far_too_much
from tests.support.policies import a_policy


async def test_the_largest_picture_is_a_png_that_slack_takes() -> None:
    shown = picture(far_too_much(10_000), a_policy(), now=START)
    assert shown is not None
    drawn = await sheet_png(layout(shown))
    assert drawn.startswith(b"\x89PNG\r\n\x1a\n")
    assert len(drawn) < MOST


async def test_a_sheet_that_cannot_be_drawn_is_a_plain_sentence() -> None:
    wrong = Sheet(width=9, height=9, title="", says="", shapes=(Shape(kind="poem", at=(), look="ink"),))
    with pytest.raises(ChartFailed, match=r"^The chart could not be drawn: What was to be drawn is no sheet$"):
        await sheet_png(wrong)


def test_garbage_has_an_exit_status_and_a_sentence() -> None:
    ran = run([sys.executable, "-m", "bot.charts", "sheet"], input=b"garbage", capture_output=True, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (2, b"", b"What was to be drawn is no sheet.\n")
