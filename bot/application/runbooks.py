"""Beginning to walk a runbook: what it has to run is bound to the pack, and its text is kept."""

from bot.application.execute import Muster
from bot.diagnostics.runner import known_checks
from bot.domain import commands as c
from bot.domain.actor import Actor
from bot.runbooks.bind import bind
from bot.runbooks.runbook import Runbook
from bot.store import runbook_texts
from bot.store.runbook_texts import Kept


async def opening(
    muster: Muster, runbook: Runbook, by: Actor, *, again: bool = False, within: float | None = None
) -> c.StartRunbook | c.OpenRunbook:
    """The command that begins to walk a runbook, or that shows it, where it has no steps.

    Args:
        muster: knows the rules, and keeps the text: a run keeps to the version that it began with.
        runbook: what is walked.
        by: who wants it.
        again: although somebody walks it already.
        within: seconds for the database.

    Raises:
        DatabaseUnavailable: nothing was recorded.
    """
    bound = bind(runbook, muster.policy, checks_of=known_checks)
    if not bound.steps:
        return c.OpenRunbook(by=by, name=runbook.name, title=runbook.title, digest=runbook.digest)
    async with muster.database.transaction(within) as connection:
        await runbook_texts.keep(connection, runbook.digest, Kept(runbook.text, runbook.text_line))
    return c.StartRunbook(
        by=by,
        name=runbook.name,
        title=runbook.title,
        digest=runbook.digest,
        phases=bound.phases,
        steps=bound.steps,
        again=again,
    )
