"""The texts of runbooks that are walked: a run keeps to the version that it began with."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import runbook_texts


@dataclass(frozen=True, slots=True)
class Kept:
    """A runbook's Markdown without its front matter, and the line of the file (from 1) in which it begins."""

    text: str
    first_line: int

    def lines(self, first: int, last: int) -> str:
        """The lines of the file from `first` to `last`, both included, as far as they are there."""
        from_ = max(first - self.first_line, 0)
        return "\n".join(self.text.split("\n")[from_ : max(last - self.first_line + 1, 0)])


async def keep(connection: AsyncConnection, digest: str, kept: Kept) -> None:
    """Keep a text; what is there already is the same."""
    row = insert(runbook_texts).values(digest=digest, text=kept.text, first_line=kept.first_line)
    await connection.execute(row.on_conflict_do_nothing())


async def find(connection: AsyncConnection, digest: str) -> Kept | None:
    """The text of a version; None where nobody walked it."""
    wanted = select(runbook_texts.c.text, runbook_texts.c.first_line).where(runbook_texts.c.digest == digest)
    row = (await connection.execute(wanted)).one_or_none()
    return Kept(row.text, row.first_line) if row else None
