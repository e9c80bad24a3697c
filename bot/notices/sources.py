"""Telling monitors what became of their alerts: that somebody is at it, that it is over."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from bot.application.ports import MOST_CONCERNED, Answer, Concerned, Refused
from bot.domain.alert_rules import TellBack, TellKind
from bot.notices import alertmanager, callback, pagerduty
from bot.notices.telling import PATIENCE_S, Line, line
from bot.notices.web import ValueOf, Web


def reach(rule: TellBack, value_of: ValueOf, web: Web) -> Line:
    """How the monitor of a rule is reached. Raises Refused where its settings are missing or wrong."""
    return line(rule, value_of, web, usual=pagerduty.USUAL_URL if rule.kind is TellKind.PAGERDUTY else "")


class Sources:
    """Tells the monitors of the policy's `tell_back` rules."""

    def __init__(
        self,
        rules: Iterable[TellBack],
        value_of: ValueOf,
        now: Callable[[], datetime],
        patience: float = PATIENCE_S,
    ) -> None:
        """Nobody is told yet.

        Args:
            rules: the policy's.
            value_of: reads the settings that they name.
            now: the clock, so that nothing is silenced for a time that has passed.
            patience: seconds for one call; telling one answer may take several.
        """
        self.take(rules)
        self._value_of = value_of
        self._now = now
        self._web = Web(patience)

    async def tell(self, answer: Answer) -> str:
        """Tell a monitor; returns what came of it in words.

        Raises TryAgain or Refused. It may be told again: what is so already stays as it is.
        """
        rule = self._rule(answer.rule)
        alerts = [alert for alert in answer.alerts if alert.source in rule.sources][:MOST_CONCERNED]
        if not alerts:
            return "nothing to tell"
        answer = replace(answer, alerts=tuple(alerts))
        to = reach(rule, self._value_of, self._web)
        match rule.kind:
            case TellKind.ALERTMANAGER:
                return await alertmanager.tell(to, answer, self._now())
            case TellKind.PAGERDUTY:
                return await pagerduty.tell(to, answer)
            case TellKind.CALLBACK:
                return await callback.tell(to, answer)

    async def firing(self, name: str, alerts: Sequence[Concerned]) -> Sequence[Concerned]:
        """Which of these alerts may still fire, by what the monitor of a rule says. Raises TryAgain or Refused.

        Alertmanagers can be asked; of what others watch, nothing is known better than what they told.
        """
        rule = self._rule(name)
        if rule.kind is not TellKind.ALERTMANAGER:
            return alerts
        ours = [alert for alert in alerts if alert.source in rule.sources]
        found = await alertmanager.firing(reach(rule, self._value_of, self._web), ours) if ours else []
        return [alert for alert in alerts if alert.source not in rule.sources or alert in found]

    def _rule(self, name: str) -> TellBack:
        rule = self._rules.get(name)
        if rule is None:
            raise Refused(f"no rule {name}", "The pack has dropped it: add it again, or drop this.")
        return rule

    def take(self, rules: Iterable[TellBack]) -> None:
        """Tell by these rules from now on."""
        self._rules = {rule.name: rule for rule in rules}

    async def close(self) -> None:
        """Close the connections."""
        await self._web.close()
