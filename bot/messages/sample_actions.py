"""An action at every stage, for the templates' samples."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.domain.action import Action, Stage
from bot.domain.action_rules import ActionRule, Approvals
from bot.domain.actor import Actor
from bot.messages.sample_incidents import BEA, NOW


def actions(text: str) -> list[dict[str, Any]]:
    """Values for the card of an action: at every stage, with a rule and without; `text` wherever somebody wrote."""
    bea, ali = Actor.person(BEA), Actor.person("U0ALI")
    approvals = Approvals(count=2, roles=("incident-commander", "dropped"), groups=("on-call",), emergency=True)
    rule = ActionRule(name="end", kind="end_session", title=text[:80], does=text[:300], approvals=approvals)
    proposed = Action(
        number=1, name="end", title=text[:80], by=bea, at=NOW, stage=Stage.PROPOSED, given={"pid": "4711"},
        would=(text[:600], text[:600]), ran="select pg_terminate_backend(4711)", against="postgresql://db:5432/app",
        seen=text[:3000], needed=2, approved_by=(ali,), expires_at=NOW + timedelta(minutes=15),
    )  # fmt: skip
    approved = replace(proposed, approved_by=(ali, Actor.person("U0EVA")))
    running = replace(proposed, stage=Stage.RUNNING, started_by=bea, started_at=NOW, emergency=text[:500])
    ended = [
        replace(approved, stage=stage, said=text, output=text, ended_by=ali, ended_at=NOW)
        for stage in Stage
        if stage not in (Stage.PROPOSED, Stage.RUNNING)
    ]
    free = replace(proposed, needed=0, approved_by=())
    return [
        *({"action": action, "rule": rule} for action in (proposed, approved, running, free, *ended)),
        {"action": proposed, "rule": None},
    ]
