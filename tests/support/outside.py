"""Rules by which escalations also go outside of Slack."""

from dataclasses import replace

from bot.domain.rules import EscalationStep, Policy, WebhookRule

PAGER = WebhookRule(name="pager", url_from="MUSTER_TEST_PAGER_URL", secret_from="MUSTER_TEST_PAGER_SECRET")


def with_outside(policy: Policy) -> Policy:
    """The same rules, with two addresses and a webhook for P1s that nobody acknowledges, and for calls by hand."""

    def step(one: EscalationStep) -> EscalationStep:
        return replace(one, email=("on-call",), webhooks=("pager",)) if one.name == "p1-unacknowledged" else one

    return replace(
        policy,
        emails={"on-call": ("dave@example.com", "erin@example.com"), "engineering-lead": ("carol@example.com",)},
        webhooks=(PAGER,),
        escalation=tuple(map(step, policy.escalation)),
        manual_email=("engineering-lead",),
        manual_webhooks=("pager",),
    )
