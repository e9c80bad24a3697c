"""What the review says of runbooks that were walked, and what it asks to be changed in them."""

import pytest

from bot.domain import commands as c
from bot.domain.actor import Actor
from bot.domain.runbook_run import Outcome
from bot.postmortem.draft import draft
from bot.postmortem.record import read
from bot.postmortem.walks import walks
from tests.support.policies import a_policy
from tests.support.timelines import BOB, DANA, NAMES, Story
from tests.support.walking import begin, mark

POLICY = a_policy()
SKIPPED, FAILED = Outcome.SKIPPED, Outcome.FAILED


def declared() -> Story:
    return Story(POLICY).do(c.Declare(by=DANA, title="Mail is late", severity="P1"), minutes=0)


def walked() -> Story:
    """Begun by Bob, led on by Dana: one step skipped, one that did not help, one that no branch led to."""
    story = declared().do(begin(BOB), minutes=4).do(mark(BOB, 1)).do(mark(BOB, 2, picked="Nobody"))
    story.do(mark(BOB, 3, FAILED, why="They *died* | again"), minutes=3)
    story.do(c.HandOverRunbook(by=BOB, number=1, user="U0DANA"))
    story.do(mark(DANA, 4, SKIPPED, why="There is no room")).do(mark(DANA, 6))
    return story.do(c.Resolve(by=DANA, summary="It is worked off"))


def section(story: Story, heading: str) -> str:
    text = draft(story.incident, story.entries, POLICY, now=story.now, names=NAMES).markdown
    return text.split(f"\n## {heading}\n")[1].split("\n## ")[0].strip()


def rows(story: Story) -> list[list[str]]:
    """The cells of the section's tables, without their heads."""
    lines = section(story, "Runbooks").split("\n")
    return [line.strip("| ").split(" | ") for line in lines if line.startswith("| #")]


def test_a_run_is_one_row_with_its_version_its_leaders_its_length_and_its_steps() -> None:
    assert rows(walked())[0] == [
        "#2, #6, #9",
        "Queue backlog, `4be1c7d09a00`",
        "11 February 2026, 14:06 UTC",
        "Bob Okafor, then Dana Moss",
        "3 of 6 done, 1 skipped, 1 failed, 1 not reached",
        "finished after 8 min",
    ]


def test_steps_that_were_skipped_or_failed_have_their_reason_who_said_it_and_when() -> None:
    assert rows(walked())[1:] == [
        [
            "#5",
            "11 February 2026, 14:11 UTC",
            "Queue backlog, step 3: Restart the workers",
            "**failed**",
            "They \\*died\\* \\| again",
            "Bob Okafor",
        ],
        [
            "#7",
            "11 February 2026, 14:13 UTC",
            "Queue backlog, step 4: Add a worker",
            "**skipped**",
            "There is no room",
            "Dana Moss",
        ],
    ]


def test_whoever_led_it_last_is_asked_what_should_change_in_it() -> None:
    assert section(walked(), "Runbooks").endswith(
        "_To be filled in by Dana Moss, who led it: what should change in “Queue backlog”? "
        "Step 3, “Restart the workers”, did not help: “They \\*died\\* \\| again”. "
        "Step 4, “Add a worker”, was skipped: “There is no room”._"
    )


def test_a_step_that_was_gone_back_to_is_told_and_does_not_count() -> None:
    story = walked().do(c.GoBack(by=BOB, number=1, step=3)).do(mark(BOB, 3)).do(mark(BOB, 4)).do(mark(BOB, 6))
    run, failed, skipped = rows(story)
    assert run[0] == "#2, #6, #15"
    assert run[4:] == ["5 of 6 done, 1 not reached", "finished after 13 min"]
    assert failed[0] == "#5, #11"
    assert failed[3] == "**failed**, and gone back to (#11)"
    assert skipped[3] == "**skipped**, and gone back to (#11)"


def test_a_run_that_is_gone_back_into_has_not_ended() -> None:
    assert rows(walked().do(c.GoBack(by=BOB, number=1, step=6)))[0][4:] == [
        "2 of 6 done, 1 skipped, 1 failed, 2 not reached",
        "**not finished**: still at step 6, Look again",
    ]


def test_a_run_that_was_given_up_says_where_and_why_and_is_something_to_improve() -> None:
    story = declared().do(begin(BOB)).do(mark(BOB, 1)).do(c.StopRunbook(by=DANA, number=1, why="Wrong queue"))
    assert rows(story)[0][-1] == "**left** after 2 min, at step 2, Who works it off?: “Wrong queue”"
    assert section(story, "Runbooks").endswith("It was not walked to its end._")
    said = "- The runbook Queue backlog was left at step 2 of 6, Who works it off?: “Wrong queue” (#4)"
    assert said in section(story, "What to improve")


def test_a_run_that_rests_says_so_and_its_rest_is_told_of_its_length() -> None:
    story = declared().do(begin(BOB)).do(c.PauseRunbook(by=BOB, number=1, why="Lunch"))
    assert rows(story)[0][-1] == "**not finished**: at rest at step 1, Is the queue growing?"
    story.do(c.ResumeRunbook(by=BOB, number=1), minutes=30).do(c.StopRunbook(by=BOB, number=1))
    left = "**left** after 32 min, 30 min of it at rest, at step 1, Is the queue growing?"
    assert rows(story)[0][-1] == left


def test_two_runs_of_one_runbook_are_two_rows_and_one_question_to_the_last_leader() -> None:
    story = declared().do(begin(BOB)).do(begin(DANA, again=True)).do(mark(BOB, 1, SKIPPED, why="Seen"))
    story.do(mark(DANA, 1, FAILED, number=2, why="No answer"))
    found = section(story, "Runbooks")
    assert [row[3] for row in rows(story)[:2]] == ["Bob Okafor", "Dana Moss"]
    assert found.count("what should change in") == 1
    asked = found.split("_To be filled in by ")[1]
    assert asked.startswith("Dana Moss, who led it")
    assert "“Seen”" in asked
    assert "“No answer”" in asked


def test_a_monitor_that_began_a_run_is_not_asked_anything() -> None:
    story = declared().do(c.Acknowledge(by=BOB)).do(begin(Actor.monitor("grafana")))
    assert "filled in by the incident commander (Bob Okafor): what should change" in section(story, "Runbooks")


def test_many_troubles_do_not_make_a_question_that_nobody_reads() -> None:
    story = declared().do(begin(BOB))
    for _ in range(4):
        story.do(mark(BOB, 1, SKIPPED, why="Seen")).do(mark(BOB, 2, FAILED, why="None")).do(
            c.GoBack(by=BOB, number=1, step=1)
        )
    assert " 3 more steps were skipped or did not help." in section(story, "Runbooks")


def test_without_any_runbook_the_commander_is_asked_whether_one_would_have_helped() -> None:
    story = declared().do(c.Acknowledge(by=BOB)).do(c.Resolve(by=BOB, summary="Fixed"))
    assert section(story, "Runbooks") == (
        "No runbook was opened (#1–#3).\n\n"  # noqa: RUF001 (a range)
        "_To be filled in by the incident commander (Bob Okafor): would a runbook have helped? "
        "`muster runbooks draft INC-2026-02-11-001` begins one from this timeline._"
    )


def test_nothing_can_be_drafted_from_an_incident_that_still_runs() -> None:
    assert section(declared(), "Runbooks").endswith("would a runbook have helped?_")


def test_a_runbook_that_was_only_read_is_asked_about_as_such() -> None:
    story = declared().do(c.OpenRunbook(by=BOB, name="old", title="Old [one]", digest="ab" * 32))
    found = section(story, "Runbooks")
    assert "| #2 | 11 February 2026, 14:03 UTC | Old \\[one\\] | `abababababab` | Bob Okafor |" in found
    assert found.endswith("what should change in “Old \\[one\\]”? It was read, and not walked step by step._")


def test_a_run_that_is_begun_soon_is_something_that_went_well() -> None:
    said = "- The runbook Queue backlog was followed from 4 min after the declaration on (#2)"
    assert said in section(walked(), "What went well")
    late = declared().do(begin(BOB), minutes=16)
    assert "was followed from" not in section(late, "What went well")


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (c.PauseRunbook(by=BOB, number=1, why="Lunch"), "Runbook paused: Queue backlog: “Lunch”"),
        (c.GoBack(by=BOB, number=1, step=1), "Went back to step 1 of queue-backlog: Is the queue growing?"),
        (
            c.HandOverRunbook(by=BOB, number=1, user="U0DANA", note="Your turn"),
            "Runbook handed over to Dana Moss: Queue backlog: “Your turn”",
        ),
        (
            c.StopRunbook(by=BOB, number=1),
            "**Runbook left**: Queue backlog, at step 3, Restart the workers",
        ),
        (mark(BOB, 3, FAILED, why="No"), "Step 3 of queue-backlog **failed**: Restart the workers: “No”"),
        (mark(BOB, 3, why="Gone"), "Step 3 of queue-backlog done: Restart the workers: “Gone”"),
    ],
)
def test_what_happens_in_a_run_has_its_line_in_the_timeline(command: c.Command, said: str) -> None:
    story = declared().do(begin(BOB)).do(mark(BOB, 1)).do(mark(BOB, 2, picked="Nobody")).do(command)
    lines = [
        line.split(" | ")[-1].removesuffix(" |") for line in section(story, "Timeline").split("\n") if "| #" in line
    ]
    assert lines[1:4] == [
        "**Runbook begun**: Queue backlog, 6 steps",
        "Step 1 of queue-backlog done: Is the queue growing?",
        "Step 2 of queue-backlog done: Who works it off? → Nobody",
    ]
    assert lines[4] == said


def test_what_the_review_counts_is_what_the_incident_knows() -> None:
    story = walked().do(c.GoBack(by=BOB, number=1, step=3)).do(mark(BOB, 3, SKIPPED, why="Twice"))
    [run], [walk] = story.incident.runbooks, walks(read(story.entries))
    assert {m.step: m.outcome for m in run.marks} == {step: said.event.outcome for step, said in walk.marks.items()}
    assert (run.current, run.holder, run.over) == (walk.at_step, walk.leader, walk.ended is not None)
