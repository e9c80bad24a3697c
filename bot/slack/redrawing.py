"""Forms that change while somebody fills them in: one change after the other, and none over what came later."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bot.application.ports import Refused, TryAgain, Unclear
from bot.slack.gateway import Shown, SlackWeb

_logger = logging.getLogger(__name__)
#: How many forms are remembered.
_FORMS = 500


@dataclass(slots=True)
class _Form:
    """`became`: which hash came of which, by our own changes."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    became: dict[str, str] = field(default_factory=dict)


class Redrawing:
    """Somebody who ticks twice in a moment tells the second tick of a form that the first has changed since.

    Our own changes are followed, so that the second is not lost. What anything else changed, such as the answer to a
    submission, is left alone: Slack refuses a change of what is not shown any more.
    """

    def __init__(self) -> None:
        self._forms: OrderedDict[str, _Form] = OrderedDict()

    async def redraw(self, gateway: SlackWeb, known: Shown, view: Mapping[str, Any]) -> None:
        """Show a form as it is to be now. What cannot be shown is only a preview, and is only logged.

        Args:
            gateway: Slack.
            known: the form as it was when somebody acted in it.
            view: what it is to show.
        """
        form = self._forms.setdefault(known.id, _Form())
        self._forms.move_to_end(known.id)
        while len(self._forms) > _FORMS:
            self._forms.popitem(last=False)
        async with form.turn:
            while known.hash in form.became:
                known = replace(known, hash=form.became[known.hash])
            try:
                shown = await gateway.update_view(known, view)
            except (TryAgain, Unclear, Refused) as error:
                _logger.warning("a form was not changed: %s", error)
                return
            if shown.hash != known.hash:
                form.became[known.hash] = shown.hash
