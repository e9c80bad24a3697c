"""What monitors are told in tests, and the rules by which they are."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.application.ports import Answer, Concerned, Happened
from bot.domain.alert_rules import TellBack, TellKind
from bot.notices.sources import Sources
from tests.support.monitors import SENDER, TOKEN

#: A real monitor has a clock of its own.
NOW = datetime.now(UTC).replace(microsecond=0)
INCIDENT = "INC-2026-11-21-001"
URL_SETTING, TOKEN_SETTING = "MONITOR_URL", "MONITOR_TOKEN"


def rule(kind: TellKind, **more: Any) -> TellBack:
    """The pack's rule for the alerts of sources `prometheus` and `pagerduty`."""
    settings = {"url_from": URL_SETTING, "token_from": TOKEN_SETTING, "sender": SENDER}
    return TellBack(name="back", kind=kind, sources=("prometheus", "pagerduty"), **{**settings, **more})


def alert(
    labels: Mapping[str, str], *, reference: str = "", source: str = "prometheus", fingerprint: str = "f1"
) -> Concerned:
    """An alert with these labels."""
    name = labels.get("alertname", "Something")
    return Concerned(source=source, fingerprint=fingerprint, name=name, labels=labels, reference=reference)


def answer(what: str, *alerts: Concerned, **more: Any) -> Answer:
    """What is told of one incident that Bob acknowledged."""
    given = {"id": "17-5f", "at": NOW, "title": "Checkout is down", "severity": "P1", "by": "Bob", **more}
    return Answer(rule="back", what=Happened(what), alerts=alerts, **{"incident": INCIDENT, **given})


@asynccontextmanager
async def telling(
    by: TellBack,
    url: str | None,
    *,
    token: str | None = TOKEN,
    patience: float = 20,
    now: Callable[[], datetime] = lambda: NOW,
) -> AsyncIterator[Sources]:
    """What tells by one rule, with these settings."""
    settings = {URL_SETTING: url, TOKEN_SETTING: token}
    made = Sources([by], settings.get, now, patience)
    try:
        yield made
    finally:
        await made.close()


#: For how long the tests' silences hold.
TWO_HOURS = timedelta(hours=2)
