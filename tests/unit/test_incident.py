"""References, channel names, and what the core decides."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import commands as c
from bot.domain import effects as f
from bot.domain import errors
from bot.domain import events as e
from bot.domain.actor import MUSTER, Actor
from bot.domain.clocks import plan, running
from bot.domain.decide import decide, declare
from bot.domain.evolve import evolve
from bot.domain.incident import Incident, channel_name, reference
from bot.domain.react import react
from bot.domain.rules import Category, EscalationStep, Policy, Role, Severity, Status, Trigger
from bot.domain.text import in_words
from bot.domain.timeline import Entry, MessageFacts, message_facts

NOW = datetime(2026, 3, 14, 3, 0, tzinfo=UTC)
ALICE, BOB = Actor.person("U0ALICE"), Actor.person("U0BOB")

POLICY = Policy(
    name="test",
    severities=(
        Severity(name="P1", rank=0, aliases=("SEV1", "critical"), update_every=timedelta(minutes=15)),
        Severity(name="P2", rank=1, aliases=("SEV2",)),
    ),
    statuses=(
        Status(name="investigating", category=Category.TRIAGE),
        Status(name="identified", category=Category.ACTIVE),
        Status(name="monitoring", category=Category.MONITORING),
        Status(name="resolved", category=Category.RESOLVED),
        Status(name="closed", category=Category.CLOSED),
    ),
    roles=(Role(name="commander", title="incident commander", aliases=("ic", "lead")),),
    commander="commander",
    default_severity="P2",
    escalation=(
        EscalationStep(
            name="on-call",
            trigger=Trigger.UNACKNOWLEDGED,
            severities=("P1",),
            after=timedelta(minutes=5),
            notify=("on-call",),
            repeat_every=timedelta(minutes=5),
            repeats=2,
        ),
    ),
    manual_escalation=("on-call",),
    contacts={"on-call": ("U0CALL",)},
)


def record(incident: Incident | None, by: Actor, events: list[e.Event], at: datetime = NOW) -> Incident:
    for event in events:
        seq = incident.seq + 1 if incident else 1
        incident = evolve(incident, Entry(seq=seq, at=at, recorded_at=at, by=by, event=event))
    assert incident is not None
    return incident


def opened(**more: object) -> Incident:
    command = c.Declare(by=ALICE, title="Checkout is down", severity="p1", ref="INC-2026-03-14-001")
    return record(None, ALICE, declare(replace(command, **more), POLICY, NOW))  # type: ignore[arg-type]


def after(incident: Incident, command: c.Command, at: datetime = NOW) -> Incident:
    return record(incident, command.by, decide(incident, command, POLICY, at), at)


def test_a_reference_holds_the_day_and_the_number() -> None:
    assert reference(date(2026, 3, 14), 7) == "INC-2026-03-14-007"
    assert reference(date(2026, 3, 14), 1234) == "INC-2026-03-14-1234"


@given(st.text(max_size=300), st.integers(0, 99))
def test_any_title_makes_a_channel_name_that_slack_takes(title: str, suffix: int) -> None:
    name = channel_name("INC-2026-03-14-001", title, suffix)
    assert len(name) <= 80
    assert name.startswith("inc-2026-03-14-001")
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert "--" not in name
    assert not name.endswith("-")


def test_a_long_title_is_cut_between_words() -> None:
    name = channel_name("INC-2026-03-14-001", "the payment provider answers every third request with an error page")
    assert name == "inc-2026-03-14-001-the-payment-provider-answers-every-third-request-with-an"


@pytest.mark.parametrize("typed", ["P1", "p1", "SEV1", "sev-1", "Sev 1", "CRITICAL"])
def test_a_severity_is_known_by_every_way_of_saying_it(typed: str) -> None:
    assert POLICY.severity(typed).name == "P1"


def test_an_unknown_severity_names_the_nearest_and_all() -> None:
    with pytest.raises(errors.UnknownSeverity) as refused:
        POLICY.severity("crtical")
    assert refused.value.hint == "Did you mean critical? Known: P1, P2."


def test_a_declaration_without_a_severity_takes_the_policys_default() -> None:
    assert opened(severity=None).severity == "P2"


def test_acknowledging_takes_command_where_nobody_has_it() -> None:
    incident = after(opened(), c.Acknowledge(by=BOB))
    assert incident.roles == {"commander": "U0BOB"}
    assert incident.acknowledged_by == BOB


def test_acknowledging_leaves_a_commander_in_place() -> None:
    incident = after(opened(), c.AssignRole(by=ALICE, role="ic", user="U0ALICE"))
    assert after(incident, c.Acknowledge(by=BOB)).roles == {"commander": "U0ALICE"}


def test_a_second_acknowledgement_says_who_was_first() -> None:
    incident = after(opened(), c.Acknowledge(by=BOB))
    with pytest.raises(errors.AlreadyAcknowledged, match="U0BOB"):
        decide(incident, c.Acknowledge(by=ALICE), POLICY, NOW)


def test_resolving_needs_a_summary() -> None:
    with pytest.raises(errors.SummaryNeeded):
        decide(opened(), c.Resolve(by=BOB, summary="  "), POLICY, NOW)
    with pytest.raises(errors.SummaryNeeded):
        decide(opened(), c.ChangeStatus(by=BOB, status="resolved"), POLICY, NOW)


def test_an_incident_has_to_be_resolved_before_it_is_closed() -> None:
    with pytest.raises(errors.NotResolved):
        decide(opened(), c.Close(by=BOB), POLICY, NOW)
    resolved = after(opened(), c.Resolve(by=BOB, summary="fixed"))
    assert after(resolved, c.Close(by=BOB)).category is Category.CLOSED


def test_a_reopened_incident_counts_its_mitigation_anew() -> None:
    resolved = after(opened(), c.Resolve(by=BOB, summary="fixed"), NOW + timedelta(minutes=30))
    again = after(resolved, c.Reopen(by=BOB, why="it is back"), NOW + timedelta(minutes=40))
    assert (again.resolved_at, again.mitigated_at, again.category) == (None, None, Category.TRIAGE)
    assert again.next_update_at == NOW + timedelta(minutes=55)


def test_mitigation_is_the_first_time_that_it_was_only_being_watched() -> None:
    watched = after(opened(), c.ChangeStatus(by=BOB, status="monitoring"), NOW + timedelta(minutes=20))
    resolved = after(watched, c.Resolve(by=BOB, summary="fixed"), NOW + timedelta(minutes=50))
    assert resolved.mitigated_at == NOW + timedelta(minutes=20)


@pytest.mark.parametrize(
    "command",
    [
        c.Acknowledge(by=BOB),
        c.ChangeSeverity(by=BOB, severity="P2"),
        c.Escalate(by=BOB),
        c.Resolve(by=BOB, summary="again"),
        c.ChangeStatus(by=BOB, status="identified"),
    ],
)
def test_what_makes_no_sense_for_a_resolved_incident_says_how_to_reopen(command: c.Command) -> None:
    resolved = after(opened(), c.Resolve(by=BOB, summary="fixed"))
    with pytest.raises(errors.IncidentOver, match="Reopen"):
        decide(resolved, command, POLICY, NOW)


def test_an_update_with_a_status_changes_both() -> None:
    events = decide(opened(), c.PostUpdate(by=BOB, text="found it", status="identified"), POLICY, NOW)
    assert [type(event) for event in events] == [e.StatusChanged, e.UpdatePosted]


def test_an_update_that_closes_says_closed() -> None:
    resolved = after(opened(), c.Resolve(by=BOB, summary="fixed"))
    closing = decide(resolved, c.PostUpdate(by=BOB, text="all done", status="closed"), POLICY, NOW)
    assert isinstance(closing[-1], e.UpdatePosted)
    assert closing[-1].status == "closed"


def test_a_service_nobody_declared_is_kept_as_legible_text_of_bounded_length() -> None:
    assert opened(service="check\x00out ").service == "checkout"
    with pytest.raises(errors.TooLong, match="service"):
        opened(service="x" * 300)


def test_text_without_a_letter_to_read_is_no_update() -> None:
    with pytest.raises(errors.MissingText):
        decide(opened(), c.PostUpdate(by=BOB, text=" \x00\u200b "), POLICY, NOW)


def test_what_a_refusal_says_is_kept_as_legible_text() -> None:
    command = c.RecordFailure(by=MUSTER, outbox=1, what="a message\x00", reason="no\x1b[31m", remedy="ask\x00")
    assert decide(opened(), command, POLICY, NOW) == [
        e.DeliveryFailed(outbox=1, what="a message", reason="no[31m", remedy="ask")
    ]


def test_an_essay_is_refused_with_its_length_before_it_is_stored() -> None:
    with pytest.raises(errors.TooLong, match="9000 characters"):
        decide(opened(), c.AddNote(by=BOB, text="x" * 9000), POLICY, NOW)


def test_a_step_that_has_rung_is_not_rung_again_by_a_new_plan() -> None:
    fired = after(opened(), c.FireTimer(by=MUSTER, name="escalate:on-call", generation=1), NOW + timedelta(minutes=5))
    assert fired.escalations == 1
    clocks = {one.name: one.due_at for one in plan(fired, POLICY, NOW + timedelta(minutes=6)) if hasattr(one, "due_at")}
    assert clocks["escalate:on-call"] == NOW + timedelta(minutes=10), "only its repetition is left"


def test_a_step_goes_on_ringing_when_its_severity_comes_back() -> None:
    fired = after(opened(), c.FireTimer(by=MUSTER, name="escalate:on-call", generation=1), NOW + timedelta(minutes=5))
    lowered = after(fired, c.ChangeSeverity(by=BOB, severity="P2"), NOW + timedelta(minutes=6))
    raised = decide(lowered, c.ChangeSeverity(by=BOB, severity="P1"), POLICY, NOW)
    at = NOW + timedelta(minutes=7)
    entry = Entry(seq=lowered.seq + 1, at=at, recorded_at=at, by=BOB, event=raised[0])
    effects = react(evolve(lowered, entry), entry, POLICY)
    assert f.SetTimer(name="escalate:on-call", due_at=NOW + timedelta(minutes=10)) in effects


def test_a_step_goes_on_ringing_when_the_incident_is_reopened() -> None:
    fired = after(opened(), c.FireTimer(by=MUSTER, name="escalate:on-call", generation=1), NOW + timedelta(minutes=5))
    over = after(fired, c.Resolve(by=MUSTER, summary="gone"), NOW + timedelta(minutes=6))
    at = NOW + timedelta(hours=1)
    [reopened] = decide(over, c.Reopen(by=MUSTER), POLICY, at)
    entry = Entry(seq=over.seq + 1, at=at, recorded_at=at, by=MUSTER, event=reopened)
    effects = react(evolve(over, entry), entry, POLICY)
    assert f.SetTimer(name="escalate:on-call", due_at=at + timedelta(minutes=5)) in effects


def test_a_change_of_status_does_not_put_a_repetition_off() -> None:
    fired = after(opened(), c.FireTimer(by=MUSTER, name="escalate:on-call", generation=1), NOW + timedelta(minutes=5))
    [moved] = decide(fired, c.ChangeStatus(by=BOB, status="identified"), POLICY, NOW)
    entry = Entry(seq=fired.seq + 1, at=NOW, recorded_at=NOW, by=BOB, event=moved)
    effects = react(evolve(fired, entry), entry, POLICY)
    assert f.SetTimer(name="escalate:on-call", due_at=NOW + timedelta(minutes=10)) in effects


def test_an_unanswered_step_rings_as_often_as_the_policy_says_and_then_stops() -> None:
    incident, rings = opened(), 0
    command = c.FireTimer(by=MUSTER, name="escalate:on-call", generation=1)
    while (now := running(incident, POLICY).get("escalate:on-call")) is not None:
        event = decide(incident, command, POLICY, now)[0]
        entry = Entry(seq=incident.seq + 1, at=now, recorded_at=now, by=MUSTER, event=event)
        incident, rings = evolve(incident, entry), rings + 1
        clocks = [effect.name for effect in react(incident, entry, POLICY) if isinstance(effect, f.SetTimer)]
        assert ("escalate:on-call" in clocks) == (rings < 3)
    assert rings == 3  # the step and its two repetitions


def test_a_clock_that_rings_after_the_acknowledgement_does_nothing() -> None:
    incident = after(opened(), c.Acknowledge(by=BOB))
    assert decide(incident, c.FireTimer(by=MUSTER, name="escalate:on-call", generation=1), POLICY, NOW) == []


def test_an_escalation_calls_the_policys_people_or_those_named() -> None:
    [default] = decide(opened(), c.Escalate(by=BOB, why="stuck"), POLICY, NOW)
    [named] = decide(opened(), c.Escalate(by=BOB, why="stuck", people=("U0CAROL",)), POLICY, NOW)
    assert isinstance(default, e.Escalated)
    assert isinstance(named, e.Escalated)
    assert (default.people, named.people) == (("U0CALL",), ("U0CAROL",))


C1, TS = "C1", "1.0"


def test_many_pins_are_one_record_and_the_last_one_off_takes_the_mark_off() -> None:
    incident = opened()
    effects: list[f.Effect] = []
    entries: list[Entry] = []

    def do(command: c.MessageCommand) -> None:
        nonlocal incident
        command = replace(command, facts=message_facts(entries))
        for event in decide(incident, command, POLICY, NOW):
            entry = Entry(seq=incident.seq + 1, at=NOW, recorded_at=NOW, by=command.by, event=event)
            incident = evolve(incident, entry)
            entries.append(entry)
            effects.extend(react(incident, entry, POLICY))

    do(c.PinMessage(by=ALICE, user="U0ALICE", channel=C1, ts=TS))
    do(c.PinMessage(by=BOB, user="U0BOB", channel=C1, ts=TS))
    assert effects == [f.FetchMessage(channel="C1", ts="1.0")]
    do(c.CaptureMessage(by=ALICE, user="U0CAROL", text="pool is full", via="pin", channel=C1, ts=TS))
    do(c.CaptureMessage(by=ALICE, user="U0CAROL", text="pool is full", via="pin", channel=C1, ts=TS))
    assert effects[1:] == [f.React(channel="C1", ts="1.0", emoji="pushpin")]
    do(c.UnpinMessage(by=ALICE, user="U0ALICE", channel=C1, ts=TS))
    assert len(effects) == 2
    do(c.UnpinMessage(by=BOB, user="U0BOB", channel=C1, ts=TS))
    assert effects[2:] == [f.React(channel="C1", ts="1.0", emoji="pushpin", on=False)]
    do(c.PinMessage(by=BOB, user="U0BOB", channel=C1, ts=TS))
    assert effects[3:] == [f.React(channel="C1", ts="1.0", emoji="pushpin")]
    assert sum(isinstance(entry.event, e.MessageCaptured) for entry in entries) == 1


def test_a_reply_that_arrives_after_its_own_pin_is_confirmed_like_any_pinned_message() -> None:
    capture = c.CaptureMessage(by=BOB, user="U0BOB", text="pool is full", channel=C1, ts=TS)
    pinned = replace(capture, facts=MessageFacts(pinned_by=frozenset({"U0ALICE"})))
    incident = opened()
    [event] = decide(incident, pinned, POLICY, NOW)
    entry = Entry(seq=incident.seq + 1, at=NOW, recorded_at=NOW, by=BOB, event=event)
    assert react(incident, entry, POLICY) == [f.React(channel="C1", ts="1.0", emoji="pushpin")]


def test_a_pin_that_was_taken_off_before_the_message_was_read_leaves_no_mark() -> None:
    capture = c.CaptureMessage(by=ALICE, user="U0CAROL", text="never mind", via="pin", channel=C1, ts=TS)
    assert decide(opened(), capture, POLICY, NOW) == []


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(5, "5 min"), (60, "60 min"), (90, "90 min"), (120, "2 h"), (150, "150 min"), (1440, "1 d"), (2880, "2 d")],
)
def test_a_clocks_length_is_said_as_people_say_it(minutes: int, said: str) -> None:
    assert in_words(timedelta(minutes=minutes)) == said
