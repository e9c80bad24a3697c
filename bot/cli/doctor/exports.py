"""What is exported to: each tracker and wiki that is set up, asked whether it lets Muster in. Nothing is written."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

from bot.application.ports import Refused, TryAgain, Unclear
from bot.cli.doctor.finding import Finding, fault
from bot.notices.trackers.systems import confluence, trackers
from bot.notices.web import Web
from bot.settings import Settings

#: Seconds for one call, and for all that is asked of one system.
_PATIENCE_S, _TOGETHER_S = 5.0, 15.0
#: What each is called by people.
_NAMES = {"github": "GitHub", "gitlab": "GitLab", "jira": "Jira", "confluence": "Confluence"}


async def look(settings: Settings) -> AsyncIterator[Finding]:
    """What is found; nothing where no system is set up."""
    web = Web(_PATIENCE_S)
    try:
        asked: dict[str, Callable[[], Awaitable[str]]] = {
            name: tracker.try_out for name, tracker in trackers(settings, web).items()
        }
        if wiki := confluence(settings, web):
            asked["confluence"] = wiki.try_out
        for name, try_out in asked.items():
            yield await _asked(name, try_out)
    finally:
        await web.close()


async def _asked(name: str, try_out: Callable[[], Awaitable[str]]) -> Finding:
    about = f"Export to {_NAMES[name]}"
    costs = f"{'the review' if name == 'confluence' else 'action items'} cannot be filed there; they wait in Muster"
    try:
        async with asyncio.timeout(_TOGETHER_S):
            return Finding(about=about, what=await try_out())
    except TimeoutError:
        why, remedy = f"no answer within {_TOGETHER_S:.0f} seconds", ""
    except (TryAgain, Unclear, Refused) as error:
        why, remedy = error.reason, error.remedy if isinstance(error, Refused) else ""
    mend = remedy or f"check MUSTER_{name.upper()}_URL, and that this machine may connect to it"
    return fault(about, why, costs=costs, mend=mend)
