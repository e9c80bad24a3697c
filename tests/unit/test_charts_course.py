"""The picture of an incident's course as it is told to the process that draws it, and drawn."""

import importlib
import io
import json
import math
from dataclasses import replace
from typing import Any

import pytest

from bot.charts.order import NoOrder
from bot.charts.sheet import read, written
from bot.postmortem.drawing import to_svg
from bot.postmortem.layout import layout
from bot.postmortem.marks import Picture
from bot.postmortem.picture import picture
from bot.postmortem.sheet import Shape, Sheet
from tests.support.courses import HOSTILE, START, Course, declared, everything, far_too_much
from tests.support.policies import a_policy


def shown(entries: Any) -> Picture:
    made = picture(entries, a_policy(), now=START)
    assert made is not None
    return made


def sheet(*shapes: Shape) -> Sheet:
    return Sheet(width=300, height=100, title="", says="", shapes=shapes)


def text(said: str, **changed: Any) -> Shape:
    return replace(Shape(kind="text", at=(1, 20), look="ink", text=said, size=11), **changed)


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What draws, as the process that draws has it."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("MPLCONFIGDIR", str(tmp_path_factory.mktemp("matplotlib")))
        return importlib.import_module("bot.charts.course")


def test_a_sheet_is_read_as_it_was_written() -> None:
    told = layout(shown(everything()))
    back = read(written(told))
    assert (back.width, back.height, len(back.shapes)) == (told.width, told.height, len(told.shapes))
    assert [(piece.kind, piece.at, piece.text) for piece in back.shapes] == [
        (shape.kind, shape.at, " ".join(shape.text.split())) for shape in told.shapes
    ]


def test_the_largest_picture_is_an_order_that_is_read() -> None:
    assert len(read(written(layout(shown(far_too_much(10_000))))).shapes) > 500


@pytest.mark.parametrize(
    "shape",
    [
        text("x", at=(1, math.nan)),
        text("x", at=(1, 2, 3)),
        text("x", anchor="centre"),
        text("x", kind="script"),
        text("x", size=math.inf),
        text(7),  # type: ignore[arg-type]
    ],
)
def test_what_is_no_shape_is_no_order(shape: Shape) -> None:
    with pytest.raises(NoOrder, match=r"^What was to be drawn is no sheet\.$"):
        read(written(sheet(shape)))


@pytest.mark.parametrize("data", [b"", b"[]", b'{"width": 1}', b"[" * 100_000, json.dumps({"shapes": 7}).encode()])
def test_garbage_is_no_sheet(data: bytes) -> None:
    with pytest.raises(NoOrder):
        read(data)


def test_every_look_is_known_to_all_who_draw(course: Any) -> None:
    for entries in (everything(), far_too_much(900)):
        picture_ = shown(entries)
        looks = {shape.look for shape in layout(picture_).shapes}
        assert looks <= set(course.LOOKS)
    style = to_svg(picture_).split("</style>", maxsplit=1)[0]
    assert not [look for look in course.LOOKS if f".course .{look} " not in style and f".course .{look}," not in style]


@pytest.mark.parametrize("entries", [everything(), Course().at(0, declared(HOSTILE)).entries], ids=["all", "hostile"])
def test_the_same_sheet_is_the_same_picture(course: Any, entries: Any) -> None:
    told = layout(shown(entries))
    first, second = (course.draw(read(written(told))) for _ in range(2))
    assert first == second
    look: Any = importlib.import_module("matplotlib.image").imread
    assert look(io.BytesIO(first)).shape[:2] == (round(told.height * 2), 1800)
