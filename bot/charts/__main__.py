"""Reads an order from its input, and writes a PNG to its output."""

import logging
import sys

from bot.charts.order import MOST, NoOrder, read


def main() -> int:
    """The exit status: 2 where what was read is no order."""
    try:
        order = read(sys.stdin.buffer.read(MOST + 1))
    except NoOrder as error:
        sys.stderr.write(f"{error}\n")
        return 2
    # It logs that it reads the fonts for the first time; nobody here can do anything about that.
    logging.getLogger("matplotlib").setLevel(logging.CRITICAL)
    from bot.charts.drawing import draw  # noqa: PLC0415 (half a second that garbage is not worth)

    sys.stdout.buffer.write(draw(order.chart, order.title))
    return 0


if __name__ == "__main__":
    sys.exit(main())
