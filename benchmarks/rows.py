"""One line of the table."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """A number, the bound that it should keep (the most, or the `least`), and what it is to be seen beside."""

    what: str
    measured: float
    unit: str
    bound: float | None = None
    least: bool = False
    beside: str = ""

    @property
    def met(self) -> bool:
        """Whether the bound holds; True where there is none."""
        if self.bound is None:
            return True
        return self.measured >= self.bound if self.least else self.measured <= self.bound

    def cells(self) -> tuple[str, str, str, str, str]:
        """The row as text."""
        if self.bound is None:
            return self.what, self._said(self.measured), "", "", self.beside
        sign = "≥" if self.least else "≤"
        share = f"{self.measured / self.bound:.0%}"
        return self.what, self._said(self.measured), f"{sign} {self._said(self.bound)}", share, self.beside

    def _said(self, value: float) -> str:
        return f"{value:,.0f} {self.unit}" if value >= 100 else f"{value:.2f} {self.unit}"

    def to_json(self) -> dict[str, Any]:
        """The row as the results file keeps it."""
        return {
            "what": self.what,
            "measured": round(self.measured, 3),
            "unit": self.unit,
            "bound": self.bound,
            "met": self.met,
            "beside": self.beside,
        }
