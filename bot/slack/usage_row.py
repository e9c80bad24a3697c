"""How a command is typed and what it does: one row of the table."""

from dataclasses import dataclass

RUNNING = "While it runs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """How a command is typed and what it does. `needs_incident`: it is about one incident."""

    name: str
    does: str
    args: str = ""
    example: str = ""
    aliases: tuple[str, ...] = ()
    group: str = RUNNING
    needs_incident: bool = True

    @property
    def words(self) -> tuple[str, ...]:
        """Everything that the command answers to."""
        return (self.name, *self.aliases)
