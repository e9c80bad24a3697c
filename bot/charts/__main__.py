"""Reads an order from its input, and writes a PNG to its output. With the argument `sheet` the order is a sheet."""

import logging
import sys
from collections.abc import Sequence

from bot.charts import SHEET, sheet
from bot.charts.order import MOST, NoOrder, read


def main(arguments: Sequence[str]) -> int:
    """The exit status: 2 where what was read is no order."""
    # It logs that it reads the fonts for the first time; nobody here can do anything about that.
    logging.getLogger("matplotlib").setLevel(logging.CRITICAL)
    told = sys.stdin.buffer.read(MOST + 1)
    try:
        picture = _of_a_sheet(told) if SHEET in arguments else _of_a_chart(told)
    except NoOrder as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.buffer.write(picture)
    return 0


def _of_a_chart(told: bytes) -> bytes:
    order = read(told)
    from bot.charts.drawing import draw  # noqa: PLC0415 (half a second that garbage is not worth)

    return draw(order.chart, order.title)


def _of_a_sheet(told: bytes) -> bytes:
    order = sheet.read(told)
    from bot.charts.course import draw  # noqa: PLC0415 (as above)

    return draw(order)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
