"""What the review computes besides: what people saw, what it did, how it was noticed, and what is asked."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from bot.diagnostics.result import Earlier, Report, Result, Verdict
from bot.domain import commands as c
from bot.domain.actor import Actor
from bot.domain.alert_commands import RecordAlerts
from bot.domain.alert_events import AlertLine
from bot.domain.procedures import Condition, Detail, Form, Measure
from bot.domain.runbook_run import Outcome
from bot.postmortem.draft import draft
from bot.postmortem.filled import Topic, topic_of
from bot.postmortem.luck import lucky
from bot.postmortem.metrics import measure
from bot.postmortem.observe import to_improve, went_well
from bot.postmortem.record import read
from tests.support.example_review import a_diagnostic
from tests.support.policies import a_policy
from tests.support.timelines import BOB, DANA, NAMES, START, Story
from tests.support.walking import begin, mark

_PLAIN = a_policy()
FORMS = (Form.DECLARE, Form.UPDATE, Form.RESOLVE)
POLICY = replace(
    _PLAIN,
    conditions=(
        Condition(name="data-loss", title="Data may be lost"),
        Condition(name="recent-deployment", title="Something was deployed lately"),
    ),
    details=(
        Detail(name="users-affected", title="Users affected", forms=FORMS),
        Detail(name="symptoms", title="Symptoms", forms=FORMS),
        Detail(name="detected-by", title="Detected by", forms=FORMS),
        Detail(name="prevention", title="So that it does not happen again", forms=FORMS),
        Detail(name="lessons", title="Lessons learned", forms=FORMS),
        Detail(name="actions-taken", title="Actions taken", forms=FORMS),
    ),
    measures=(Measure(title="Uptime", normal="99.9 %, which is promised"),),
)
MONITOR = Actor.monitor("alertmanager")
PRIYA = Actor.person("U0ONCALL")


def declared(by: Actor = DANA, **more: Any) -> Story:
    return Story(POLICY).do(c.Declare(by=by, title="Checkout is down", severity="P1", **more), minutes=0)


def over(story: Story, **more: Any) -> Story:
    return story.do(c.Resolve(by=BOB, summary="Fixed", **more))


def text(story: Story, reports: dict[int, Any] | None = None) -> str:
    return draft(
        story.incident, story.entries, story.policy, now=story.now, names=NAMES, reports=reports or {}
    ).markdown


def section(story: Story, heading: str, reports: dict[int, Any] | None = None) -> list[str]:
    """The lines of a section that say something."""
    body = text(story, reports).split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return [line for line in body.split("\n") if line]


def improve(story: Story, reports: dict[int, Any] | None = None) -> dict[str, str]:
    """What went well and what did not, and where one was lucky, by the name of the sentence, as the review says it."""
    record = read(story.entries)
    metrics = measure(record, story.policy, now=story.now)
    found = [*went_well(record, metrics, story.policy), *lucky(record, metrics)]
    found += to_improve(record, metrics, story.policy, reports=reports or {})
    said = [
        line[2:]
        for heading in ("What went well", "Where we were lucky", "What to improve")
        for line in section(story, heading, reports)
        if line.startswith("- ")
    ]
    return {one.sentence: line for one, line in zip(found, said, strict=True)}


def joined(total: int, firing: int, *names: str, **more: Any) -> RecordAlerts:
    lines = tuple(
        AlertLine(name=name, title=f"{name} is | firing", source="alertmanager", starts_at=START, text="5 % of 5xx")
        for name in names
    )
    told: dict[str, Any] = {"names": names, "sources": ("alertmanager",), "first_at": START}
    return RecordAlerts(by=MONITOR, group=1, total=total, firing=firing, lines=lines, **told | more)


def looked(story: Story, verdict: Verdict, evidence: int = 1, **more: Any) -> dict[int, Any]:
    """Run a diagnostic of `db`, and give back its report as it is kept."""
    result = Result(
        check="pool", title="Pool", verdict=verdict, value=98, unit="", threshold="none", ran="", against="",
        took_ms=1, explanation="98 of 100 are in use", next_step="", **more,
    )  # fmt: skip
    report = Report(target="db", kind="postgres", against="", started_at=story.now, took_ms=1, results=(result,))
    run = f"r{evidence}"
    story.do(c.RequestDiagnostic(by=BOB, target="db", run=run)).do(a_diagnostic(run, evidence, report), minutes=0)
    return {evidence: report.to_dict()}


@pytest.mark.parametrize(
    ("names", "topic"),
    [
        (("users-see", "What users see"), Topic.SEEN),
        (("user-impact", "Impact"), Topic.USERS),
        (("clients-affected", "Clients affected"), Topic.USERS),
        (("services", "Affected services"), Topic.SERVICES),
        (("revenue-impact", "Revenue impact"), Topic.REVENUE),
        (("data-loss", "Data is lost or corrupt"), Topic.DATA),
        (("sla", "An agreement (SLA) is at stake"), Topic.SLA),
        (("actions-taken", "Actions taken"), Topic.DONE),
        (("customer-escalation", "A customer escalates"), None),
        (("next-step", "Next step"), None),
    ],
)
def test_the_words_of_a_title_say_what_a_field_is_about(names: tuple[str, str], topic: Topic | None) -> None:
    assert topic_of(*names) is topic


def test_what_people_saw_is_the_declaration_the_symptoms_the_alerts_and_the_first_messages() -> None:
    story = declared(description="Cards fail | all of them", details={"symptoms": "500 at payment"})
    story.do(joined(1, 1, "HighErrorRate"))
    message: dict[str, Any] = {"channel": "C1", "user": "U0BOB"}
    story.do(c.CaptureMessage(by=BOB, ts="1.1", text="Customers *call*", **message), minutes=2)
    story.do(c.CaptureMessage(by=BOB, ts="2.2", text="Much later", **message), minutes=30)
    assert section(story, "What people saw") == [
        "> Cards fail \\| all of them",
        "— Dana Moss (#1)",
        "- Symptoms: “500 at payment” (#1)",
        "- HighErrorRate fired from 11 February 2026, 14:02 UTC on: “HighErrorRate is \\| firing”. “5 % of 5xx” (#2)",
        "- Bob Okafor, 14:05:00: “Customers \\*call\\*” (#3)",
    ]


def test_where_nobody_said_what_they_saw_it_is_asked() -> None:
    assert section(declared(), "What people saw")[-1].endswith("what did people see first, and who told us?_")


def test_the_impact_says_what_was_said_of_each_thing_and_asks_for_the_rest() -> None:
    story = declared(service="checkout", details={"users-affected": "a few"})
    story.do(c.Acknowledge(by=BOB)).do(c.SetCondition(by=BOB, condition="data-loss"), minutes=4)
    story.do(c.SetCondition(by=BOB, condition="recent-deployment"))
    story.do(c.PostUpdate(by=BOB, text="Worse", details={"users-affected": "all of them"}))
    story.do(c.ClearCondition(by=BOB, condition="data-loss", why="The replica had it"))
    over(story, impact="Nobody could pay.")
    written = section(story, "Impact")
    facts = [line for line in written if line.startswith("- **")]
    assert written[:2] == ["> Nobody could pay.", "— Bob Okafor (#7)"]
    assert facts == [
        "- **Users**: Users affected: “a few”, then “all of them” (#1, #5)",
        "- **Services**: checkout (#1)",
        (
            "- **Data**: “Data may be lost”, taken to be so from 11 February 2026, 14:07 UTC until 11 February 2026, "
            "14:10 UTC; it turned out not to be so (#3, #6)"
        ),
        "- **Targets**: Time to mitigate: 9 min, where P1 allows 30 min: kept (#1, #7)",
        "- **Targets**: Time to resolve: 9 min, where P1 allows 1 h: kept (#1, #7)",
    ]
    asked = [line.partition(": ")[2] for line in written if line.startswith("_To be")]
    assert asked == [
        "which other services or features were affected?_",
        "what did it cost, in revenue or otherwise?_",
        "was any data lost, wrong or seen by others, and how do we know?_",
        "was an agreement (SLA) broken, and who has to be told? The rules say: Uptime: 99.9 %, which is promised._",
    ]


def test_the_first_why_is_answered_by_the_root_cause_and_all_five_are_numbered() -> None:
    written = section(over(declared(), root_cause="The pool was full"), "Five whys")
    assert written[:3] == ["**Why 1 of 5**: why did it happen?", "> The pool was full", "— Bob Okafor (#2)"]
    assert [line.partition("(why ")[2][:6] for line in written[3:]] == ["2 of 5", "3 of 5", "4 of 5", "5 of 5"]
    assert "(why 1 of 5)" in section(declared(), "Five whys")[0]


def test_detection_says_how_it_was_noticed_and_asks_what_would_have_done_so_sooner() -> None:
    by_a_person = section(declared(details={"detected-by": "A customer"}), "Detection")
    assert by_a_person[:2] == [
        "- Declared by Dana Moss on 11 February 2026, 14:02 UTC (#1)",
        "- Detected by: “A customer” (#1)",
    ]
    assert "which alert would have told us" in by_a_person[2]
    later = declared().do(joined(1, 1, "HighErrorRate", first_at=START + timedelta(minutes=3)), minutes=4)
    assert "before the monitors did?" in section(later, "Detection")[-1]
    soon = declared(MONITOR).do(joined(1, 1, "HighErrorRate", opened=True, first_at=START - timedelta(seconds=40)))
    assert "- The first alert had fired for 40 s when it was declared (#1, #2)" in section(soon, "Detection")
    assert "before anybody was affected?" in section(soon, "Detection")[-1]
    opened = declared(MONITOR).do(joined(1, 1, "HighErrorRate", opened=True, first_at=START - timedelta(minutes=9)))
    assert "as soon as the first alert fired?" in section(opened, "Detection")[-1]


def test_checks_that_were_red_before_anybody_declared_are_named_with_how_long_before() -> None:
    story = declared()
    before = Earlier(verdict=Verdict.CRITICAL, value=97, at=START - timedelta(minutes=12))
    reports = looked(story, Verdict.CRITICAL, last=before)
    assert (
        improve(story, reports)["red_before"] == "CRITICAL was measured 12 min before anybody declared: Pool (#1, #3)"
    )
    assert "who could have seen that a check was red" in section(story, "Detection", reports)[-1]
    old = replace(before, at=START - timedelta(days=3))
    other = declared()
    assert "red_before" not in improve(other, looked(other, Verdict.CRITICAL, last=old))


def test_a_diagnostic_that_became_well_went_well_and_one_that_never_did_did_not() -> None:
    story = declared()
    looked(story, Verdict.CRITICAL)
    story.do(minutes=20)
    looked(story, Verdict.OK, 2)
    assert improve(over(story))["well_again"] == "db was CRITICAL at first, and OK 21 min later (#3, #5)"
    left = declared()
    looked(left, Verdict.WARN)
    assert "left_red" not in improve(left)
    found = improve(over(left))
    assert found["left_red"].startswith("The last diagnostic of db before the resolution said WARN")
    assert found["left_red"].endswith("(#3, #4)")
    looked(left, Verdict.OK, 2)
    assert "left_red" not in improve(left)


def test_calls_that_nobody_ever_acknowledged_are_said_once_and_only_when_it_is_over() -> None:
    story = declared().fire("escalate:on-call", minutes=5).fire("escalate:on-call", minutes=5)
    assert "unheard" not in improve(story)
    found = improve(over(story))
    assert found["unheard"] == "2 escalations went out, and nobody ever acknowledged (#2–#4)"  # noqa: RUF001 (a range)
    assert not {"unanswered", "absent"} & found.keys()


def test_people_who_were_called_and_did_nothing_are_named() -> None:
    story = declared().do(c.Acknowledge(by=BOB))
    story.do(c.Escalate(by=BOB, why="Help", people=("U0LEAD", "U0ONCALL", "S0TEAM")))
    story.do(c.AddNote(by=PRIYA, text="I am here"))
    assert "absent" not in improve(story)
    said = improve(over(story))["absent"]
    assert said == "Called, and took no part that the timeline shows: Ida Berg (#3, #5)"


def test_alerts_that_fired_again_or_came_and_went_are_counted() -> None:
    story = declared(MONITOR).do(joined(1, 1, "HighErrorRate", opened=True)).do(joined(1, 0), minutes=5)
    story.do(joined(1, 1, "HighErrorRate", flapping=1), minutes=5)
    assert improve(story)["fired_again"] == "Alerts fired again after they had stopped; 1 of them came and went (#4)"


def test_a_step_that_failed_stands_out_and_a_runbook_without_one_went_well() -> None:
    story = declared().do(begin(BOB)).do(mark(BOB, 1)).do(mark(BOB, 2, picked="Nobody"))
    failed = improve(story.do(mark(BOB, 3, Outcome.FAILED, why="They died")))
    said = "A step of a runbook did not help: Restart the workers (queue-backlog). “They died” (#5)"
    assert failed["stumbled"] == said
    well = declared().do(begin(BOB)).do(mark(BOB, 1)).do(mark(BOB, 2, picked="All")).do(mark(BOB, 5)).do(mark(BOB, 6))
    found = improve(well)
    assert found["walked_through"].startswith("The runbook Queue backlog was walked to its end after 4 min")
    assert "stumbled" not in found


def test_roles_that_nobody_took_are_named_once_it_is_over() -> None:
    story = declared().do(c.Acknowledge(by=BOB)).do(c.AssignRole(by=BOB, role="scribe", user="U0DANA"))
    assert "vacant" not in improve(story)
    assert improve(over(story))["vacant"] == "Nobody took this role: Communications lead (#1, #4)"


def test_what_was_kept_only_just_and_what_was_feared_for_nothing_was_luck() -> None:
    story = declared(conditions=("data-loss",)).do(c.Acknowledge(by=BOB), minutes=4.75)
    story.do(c.ClearCondition(by=BOB, condition="data-loss", why="The replica had it"))
    found = improve(story)
    assert found["narrowly"] == "Acknowledged after 4 min 45 s, with 15 s to spare (#1, #2)"
    assert found["unfounded"] == "“Data may be lost” turned out not to be so: “The replica had it” (#1, #3)"


def test_lessons_and_prevention_are_what_was_filled_in_and_what_is_to_prevent_it() -> None:
    assert section(declared(), "Lessons")[0].endswith("what did we learn that others should know?_")
    item = c.AddActionItem(by=DANA, text="Alert on the pool", owner="U0BOB", due=date(2026, 2, 20), sort="prevent")
    story = declared().do(item).do(c.AddActionItem(by=DANA, text="Write it down", sort="process"))
    assert section(story, "Prevention")[0] == "- Alert on the pool (Bob Okafor, by 20 February 2026) (#2)"
    over(story, details={"lessons": "Watch the pool", "prevention": "# A limit"})
    assert section(story, "Lessons") == ["> Watch the pool", "— Bob Okafor (#4)"]
    assert section(story, "Prevention")[:2] == ["> \\# A limit", "— Bob Okafor (#4)"]


def test_what_people_say_was_done_stands_below_what_muster_did_for_them() -> None:
    story = declared().do(c.PostUpdate(by=BOB, text="On it", details={"actions-taken": "Rolled | back\n## it"}))
    over(story, details={"actions-taken": "Rolled back\n# twice"})
    assert section(story, "What was done") == [
        "**Actions taken**",
        "> Rolled back\\",
        "> \\# twice",
        "— Bob Okafor (#3)",
    ]


def test_an_action_item_is_as_it_was_left_and_one_that_was_dropped_is_not_missed() -> None:
    story = declared().do(c.AddActionItem(by=DANA, text="Alert on the pool"), c.AddActionItem(by=DANA, text="Or not"))
    assert improve(story)["loose"] == "2 open action items lack an owner or a date (#2, #3)"
    story.do(c.ChangeActionItem(by=BOB, number=1, owner="U0BOB", due=date(2026, 2, 20)))
    story.do(c.DropActionItem(by=BOB, number=2, why="We do not need it"))
    found = improve(over(story))
    assert found["owned"] == "The action item has an owner and a date (#2)"
    assert not {"loose", "no_items"} & found.keys()


def test_of_many_silences_the_longest_are_told_and_the_others_counted() -> None:
    story = declared().do(c.Acknowledge(by=BOB))
    for minutes in (20, 21, 22, 23, 24, 25, 26):
        story.do(c.PostUpdate(by=BOB, text="Still looking"), minutes=minutes)
    silences = [line for line in section(story, "What to improve") if "No update for" in line]
    assert [line.split(" min")[0] for line in silences] == [f"- No update for {n}" for n in (22, 23, 24, 25, 26)]
    assert improve(story)["silent_more"] == "2 times more there was no update for longer than it should be (#1, #3)"
