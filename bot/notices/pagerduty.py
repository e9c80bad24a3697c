"""Telling PagerDuty that its incidents are acknowledged or resolved, by its REST API v2."""

import re

from bot.application.ports import Answer, Happened, Refused
from bot.notices.failures import one_line
from bot.notices.telling import Line, Said

#: Where its accounts are, but for those of the European region (https://api.eu.pagerduty.com).
USUAL_URL = "https://api.pagerduty.com"
#: So many incidents are told of at most; each is a call of its own, so that one which is gone keeps no other from it.
MOST_INCIDENTS = 25
_STATUS = {Happened.ACKNOWLEDGED: "acknowledged", Happened.RESOLVED: "resolved"}
#: Ids are `PT4KHLK` or `Q0A1B2C3D4E5F6`; anything else could be another path.
_ID = re.compile(r"[A-Za-z0-9]{1,32}")
#: What it says of an incident that nobody can acknowledge or resolve any more.
_DONE = "incident already resolved"


async def tell(line: Line, answer: Answer) -> str:
    """Tell it; returns what came of it in words. Raises TryAgain or Refused."""
    status = _STATUS[answer.what]
    ids = list(dict.fromkeys(alert.reference for alert in answer.alerts if alert.reference))
    if not ids:
        return "nothing to tell PagerDuty"
    if not line.token:
        remedy = f"Give {line.rule.name} in the pack a `token_from`, the setting with the REST API key."
        raise Refused("there is no key for PagerDuty", remedy)
    failed: Refused | None = None
    for one in ids[:MOST_INCIDENTS]:
        try:
            await _put(line, one, status)
        except Refused as refused:
            if refused.reason.startswith(("http_401", "http_403")):
                raise  # it is no different for the rest
            failed = failed or refused
    if failed is not None:
        raise failed
    told = f"{_counted(min(len(ids), MOST_INCIDENTS))} {status}"
    return told if len(ids) <= MOST_INCIDENTS else f"{told}, {len(ids) - MOST_INCIDENTS} more left as they are"


async def _put(line: Line, one: str, status: str) -> None:
    if not _ID.fullmatch(one):
        raise Refused(f"{one_line(one)[:40]} is not the id of a PagerDuty incident")
    sender = {"From": line.rule.sender} if line.rule.sender else {}
    said = await line.send(
        "PUT",
        f"/incidents/{one}",
        {"incident": {"type": "incident_reference", "status": status}},
        scheme="Token token=",
        headers={"Accept": "application/vnd.pagerduty+json;version=2", **sender},
    )
    if said.status == 400:
        if _DONE in (error.lower() for error in _errors(said)):
            return
        remedy = "Let `sender` in the pack be the e-mail address of a user of that PagerDuty account."
        raise Refused(one_line(f"http_400 {one}: {said.text}"), remedy)
    if said.status == 404:
        remedy = f"Is {line.token_setting} a key of the account that has it? If it is gone there, drop this."
        raise Refused(f"http_404 PagerDuty has no incident {one}", remedy)
    line.check(said)


def _errors(said: Said) -> list[str]:
    """Its reasons, one by one."""
    match said.json():
        case {"error": {"errors": [*errors]}}:
            return [error for error in errors if isinstance(error, str)]
        case _:
            return []


def _counted(number: int) -> str:
    return f"{number} PagerDuty incident{'' if number == 1 else 's'}"
