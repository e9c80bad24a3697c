"""The texts of a chart, measured: what they need of the paper, and how they are cut to what there is."""

from dataclasses import dataclass

from matplotlib.figure import Figure

from bot.charts.axes import short

#: Points. On a telephone the picture is a third as wide, so nothing is small.
TITLE_PT, TEXT_PT, LIMIT_PT = 11.5, 9.5, 8.8
#: Below so many signs, a text is not cut any further.
_FEWEST = 6


@dataclass(frozen=True, slots=True)
class Lettering:
    """How wide texts are on a figure."""

    figure: Figure

    def width(self, text: str, *, size: float = TEXT_PT, weight: str = "normal") -> float:
        """The width of a text in pixels."""
        drawn = self.figure.text(0, 0, text, fontsize=size, fontweight=weight)
        try:
            return float(drawn.get_window_extent().width)
        finally:
            drawn.remove()

    def fitted(
        self, text: str, most: float, *, size: float = TEXT_PT, weight: str = "normal", middle: bool = True
    ) -> str:
        """A text of at most so many pixels; its middle gives way, or its end."""
        shown, signs = text, len(text)
        while signs > _FEWEST and (width := self.width(shown, size=size, weight=weight)) > most:
            signs = max(_FEWEST, min(signs - 1, round(signs * most / width)))
            shown = short(text, signs, middle=middle)
        return shown
