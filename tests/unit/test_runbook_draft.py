"""The runbook that is drafted from an incident."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from hypothesis import given, settings

from bot.application.runbook_draft import draft_runbook
from bot.diagnostics.runner import known_checks
from bot.domain import commands as c
from bot.domain import events as e
from bot.domain.action_rules import ActionRule
from bot.domain.actor import MUSTER, Actor
from bot.domain.errors import DomainError
from bot.domain.params import Fact, Param, ParamType
from bot.domain.procedures import FirstLook
from bot.domain.rules import Policy
from bot.domain.runbook_run import Branch, Outcome, RunKind, Runnable, StepRule
from bot.domain.timeline import Entry
from bot.runbooks.bind import Bound, bind
from bot.runbooks.parse import Parsed, parse_runbook
from tests.support.any_story import TEXT, stories
from tests.support.policies import a_policy
from tests.support.timelines import BOB, DANA, NAMES, Story
from tests.support.walking import begin, mark, walked

RESTART = ActionRule(
    name="restart",
    kind="command",
    does="restarts a service",
    params=(
        Param(name="service", type=ParamType.TEXT),
        Param(name="pid", type=ParamType.INTEGER, source=Fact(check="locks", fact="pid")),
    ),
)
POLICY = replace(a_policy(), actions=(RESTART,))


def declared(**details: object) -> Story:
    given = {"title": "Mail is late", "severity": "P1", **details}
    return Story(POLICY).do(c.Declare(by=DANA, **given), minutes=0)  # type: ignore[arg-type] # each test says which


def resolved(story: Story, **said: str) -> Story:
    return story.do(c.Resolve(by=DANA, summary=said.pop("summary", "It is worked off"), **said))  # type: ignore[arg-type] # as above


def looked(story: Story, target: str, verdict: str, *findings: str, run: str = "r1") -> Story:
    story.do(c.RequestDiagnostic(by=BOB, target=target, run=run))
    found = c.RecordDiagnostic(
        by=MUSTER,
        target=target,
        run=run,
        evidence=1,
        digest="ab" * 32,
        verdict=verdict,
        findings=findings,
        took_ms=1,
    )
    return story.do(found)


def acted(story: Story, verdict: str, number: int = 1) -> list[Entry]:
    """The story's entries, and those of an action: the core asks more of one than these tests are about."""
    given = {"service": "mail worker", "pid": "4711"}
    asked: e.Event = e.ActionRequested(number=number, action="restart", title="Restart mail", given=given)
    ended: e.Event = e.ActionFinished(
        number=number, action="restart", title="Restart mail", verdict=verdict, said="It is gone"
    )
    seq = len(story.entries)
    more = [
        Entry(seq=seq + place, at=story.now, recorded_at=story.now, by=BOB, event=event)
        for place, event in enumerate((asked, ended), 1)
    ]
    return [*story.entries, *more]


def drafted(story: Story, policy: Policy = POLICY, entries: list[Entry] | None = None) -> str:
    return draft_runbook(story.incident, entries or story.entries, policy, names=NAMES)


def parsed(text: str) -> Parsed:
    return parse_runbook(text.encode(), name="drafted", path=Path("drafted.md"))


def bound(text: str, policy: Policy = POLICY) -> Bound:
    return bind(parsed(text).runbook, policy, checks_of=known_checks)


def chapter(text: str, heading: str) -> str:
    return text.split(f"\n## {heading}\n")[1].split("\n## ", maxsplit=1)[0].strip()


def test_the_front_matter_is_what_somebody_with_the_same_would_search_for() -> None:
    story = declared(service="mail", description="The queue grows. Nobody gets the newsletter!\nSince noon")
    runbook = parsed(drafted(resolved(story))).runbook
    assert (runbook.title, runbook.services, runbook.severity_hint) == ("Mail is late", ("mail",), "P1")
    assert runbook.symptoms == ("Mail is late", "The queue grows", "Nobody gets the newsletter", "Since noon")
    assert runbook.reviewed is None


def test_an_alert_is_known_by_the_pack_or_by_the_monitor_that_declared_it() -> None:
    policy = replace(POLICY, first_looks=(FirstLook(run=("db",), alerts=("queue depth",)),))
    assert parsed(drafted(resolved(declared(title="Queue depth is 900")), policy)).runbook.alerts == ("queue depth",)
    monitored = Story(POLICY).do(
        c.Declare(by=Actor.monitor("grafana"), title="HighQueueDepth on mail", severity="P1"), minutes=0
    )
    assert parsed(drafted(resolved(monitored))).runbook.alerts == ("HighQueueDepth",)
    assert parsed(drafted(resolved(declared(title="JavaScript fails")))).runbook.alerts == ()


def test_what_was_looked_at_can_be_looked_at_again_with_what_was_found_beside_it() -> None:
    story = looked(declared(), "db", "CRITICAL", "98 of 100 connections", "3 idle")
    text = drafted(resolved(story.do(c.AddNote(by=BOB, text="The pool is full"))))
    assert chapter(text, "Investigation") == (
        "1. **Look at db**\n\n"
        "   It was CRITICAL then:\n\n"
        "   98 of 100 connections\n\n   3 idle\n\n"
        "   Bob Okafor: “The pool is full”\n\n"
        "   ```check target=db\n   diag db\n   ```"
    )
    assert [run.does for step in bound(text).steps for run in step.runs] == ["db"]


def test_single_checks_of_a_target_stay_single() -> None:
    text = drafted(resolved(looked(declared(), "db locks", "WARN")))
    assert "```check target=db name=locks\n   diag db locks\n" in text
    assert bound(text).faults == ()


def test_what_was_looked_at_twice_is_one_step() -> None:
    story = looked(looked(declared(), "db", "WARN"), "db", "CRITICAL", run="r2")
    assert chapter(drafted(resolved(story)), "Investigation").count("Look at db") == 1


def test_a_target_that_left_the_pack_is_a_step_without_a_block() -> None:
    text = drafted(resolved(looked(declared(), "db", "OK")), replace(POLICY, targets=()))
    assert chapter(text, "Investigation") == "1. **Look at db**\n\n   It was OK then."
    assert "```" not in text


def test_an_action_that_helped_is_a_block_without_what_was_found_that_day() -> None:
    story = resolved(declared())
    text = drafted(story, entries=acted(story, "done"))
    assert '   ```action restart service="mail worker"\n   do restart service="mail worker"\n   ```' in text
    assert "4711" not in text
    [run] = [run for step in bound(text).steps for run in step.runs]
    assert run == Runnable(kind=RunKind.ACTION, does="restart", given={"service": "mail worker"})


def test_what_did_not_help_is_said_and_is_no_step() -> None:
    story = declared().do(begin(BOB)).do(mark(BOB, 1, Outcome.FAILED, why="No *numbers*"))
    resolved(story)
    text = drafted(story, entries=acted(story, "failed"))
    told = "Is the queue growing?: “No \\*numbers\\*”\n\nRestart mail: It is gone\n\n1. "
    assert told in chapter(text, "Resolution")
    titles = [step.title for step in parsed(text).runbook.structure.steps]
    assert titles == ["Do what helped then", "Is it over?"]


def test_steps_of_a_runbook_that_helped_stand_in_their_chapters_with_their_blocks() -> None:
    rules = (
        StepRule(title="Who waits?", phase=0, then=2, runs=(Runnable(kind=RunKind.CHECK, does="db locks"),)),
        StepRule(
            title="Restart it",
            phase=1,
            then=3,
            runs=(Runnable(kind=RunKind.ACTION, does="restart", given={"service": "mail"}),),
        ),
        StepRule(title="Is it quiet?", phase=2),
    )
    phases = ("1. Diagnosis", "Fix", "Verification")
    story = declared().do(c.StartRunbook(by=BOB, name="q", title="Queue", digest="d", phases=phases, steps=rules))
    story.do(mark(BOB, 1)).do(mark(BOB, 2, why="Twice")).do(mark(BOB, 3))
    found = bound(drafted(resolved(story)))
    assert [(found.phases[step.phase], step.title, [run.does for run in step.runs]) for step in found.steps] == [
        ("Investigation", "Who waits?", ["db locks"]),
        ("Resolution", "Restart it", ["restart"]),
        ("Verification", "Is it quiet?", []),
    ]


def test_which_cause_it_was_is_told_and_asking_for_it_is_no_step() -> None:
    words = (Branch(on="A poisonous job", to=2), Branch(on="Too few workers", to=2))
    two = tuple(Runnable(kind=RunKind.CHECK, does=does) for does in ("db", "db locks"))
    rules = (
        StepRule(title="Which is it?", phase=0, then=2, branches=words, pick=True),
        StepRule(title="Set it aside", phase=1, then=3, runs=two),
        StepRule(title="Is it gone?", phase=1, branches=(Branch(on="Yes", to=0),)),
    )
    story = declared().do(
        c.StartRunbook(by=BOB, name="q", title="Queue", digest="d", phases=("Causes", "Fix"), steps=rules)
    )
    story.do(mark(BOB, 1, picked="A poisonous job")).do(mark(BOB, 2)).do(mark(BOB, 3, picked="Yes"))
    text = drafted(resolved(story))
    assert chapter(text, "Causes").endswith("In the runbook “Queue” it was “A poisonous job”.")
    assert "Step 3 of the runbook “Queue”. It was “Yes” then." in chapter(text, "Resolution")
    assert [(step.title, [run.does for run in step.runs]) for step in bound(text).steps[1:4]] == [
        ("Set it aside", ["db"]),
        ("Set it aside (2)", ["db locks"]),
        ("Is it gone?", []),
    ]


def test_causes_impact_calls_and_promises_have_their_chapters() -> None:
    story = declared().fire("escalate:on-call", minutes=5)
    story.do(c.Escalate(by=DANA, why="Twice | as bad", people=("U0LEAD",)))
    story.do(c.AddActionItem(by=BOB, text="Alert at 500")).do(c.AddActionItem(by=BOB, text="Say so"))
    story.do(c.FinishActionItem(by=BOB, number=2))
    text = drafted(
        resolved(story, root_cause="One worker was stuck", contributing_factors="No alert", impact="Late mail")
    )
    assert chapter(text, "Impact") == "“Late mail”"
    assert chapter(text, "Causes") == (
        "1. **Is it the same cause?**\n\n   “One worker was stuck”\n\n"
        "   What made it worse, last longer or harder to see:\n\n   “No alert”"
    )
    assert chapter(text, "Escalation").split("\n\n")[1:] == [
        "on-call, 5 min after the declaration: unacknowledged after 5 min",
        "Ida Berg, 6 min after the declaration: Twice \\| as bad",
    ]
    assert chapter(text, "Prevention") == "Alert at 500\n\nSay so (done)"


def test_what_was_well_in_the_end_shows_that_it_is_over() -> None:
    story = looked(looked(declared(), "db", "CRITICAL"), "db", "OK", run="r2")
    story.do(c.ChangeStatus(by=BOB, status="monitoring", note="Back under 0.1 %"))
    story.do(c.AddNote(by=BOB, text="Still so"))
    assert chapter(drafted(resolved(story)), "Verification") == (
        "1. **Is db well again?**\n\n"
        "   Bob Okafor: “Back under 0.1 %”\n\n   Bob Okafor: “Still so”\n\n"
        "   ```check target=db\n   diag db\n   ```"
    )


def test_pinned_messages_are_quoted_and_others_are_not() -> None:
    story = declared()
    for ts, text in (("1.1", "Look at <https://x.example|the graph>, <@U0DANA>"), ("2.2", "Lunch?")):
        story.do(c.CaptureMessage(by=BOB, user="U0BOB", text=text, channel="C1", ts=ts))
    story.do(c.PinMessage(by=DANA, user="U0DANA", channel="C1", ts="1.1"))
    text = drafted(resolved(story))
    assert chapter(text, "Investigation") == "Bob Okafor: “Look at the graph (https://x.example), @Dana Moss”"
    assert "Lunch" not in text


def test_of_an_incident_without_a_word_there_is_something_to_walk() -> None:
    steps = parsed(drafted(resolved(declared()))).runbook.structure.steps
    assert [step.title for step in steps] == ["Do what helped then", "Is it over?"]


def test_the_draft_of_a_private_incident_says_so() -> None:
    assert "That incident is private" in drafted(resolved(declared(private=True)))


STORIES = stories() | walked(POLICY)


@settings(max_examples=40, deadline=None)
@given(STORIES, TEXT)
def test_a_draft_always_loads_without_faults_and_can_be_walked(story: Story, last: str) -> None:
    with suppress(DomainError):
        story.do(c.Resolve(by=DANA, summary=last, root_cause=last, impact=last))
    text = draft_runbook(story.incident, story.entries, POLICY, names={"U0BOB": last})
    found = parsed(text)
    assert found.faults == ()
    assert bound(text).faults == ()
    assert found.runbook.structure.steps


@settings(max_examples=40, deadline=None)
@given(stories())
def test_what_people_wrote_makes_no_chapter_no_step_and_no_block(story: Story) -> None:
    found = parsed(draft_runbook(story.incident, story.entries, POLICY)).runbook.structure
    ours = {
        "About",
        "Symptoms",
        "Impact",
        "Investigation",
        "Causes",
        "Resolution",
        "Verification",
        "Escalation",
        "Prevention",
    }
    headed = [one.title for one in found.chapters[1:]]
    assert set(headed) <= ours
    assert len(headed) == len(set(headed))
    assert not any(step.branches or step.pick for step in found.steps)
    blocks = [block for step in found.steps for block in step.blocks]
    assert {(block.language, block.named.get("target")) for block in blocks} <= {("check", "db")}


@settings(max_examples=15, deadline=None)
@given(STORIES)
def test_the_same_timeline_gives_the_same_draft(story: Story) -> None:
    assert drafted(story) == drafted(story)
