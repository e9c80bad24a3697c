"""What is wrong with how a policy has its incidents reviewed, each with its line and what to write."""

from pathlib import Path

import pytest

from bot.domain.procedures import SECTIONS
from bot.policy.read import read_policy
from bot.postmortem import document
from tests.unit.full_policy import FULL, faults_of, line_of

_LAST = '  sections: [{title: Customers, prompt: "Who was told?", role: liaison}]\n'
_GOOD = """\
  title: Post-mortem
  document:
    - {section: glance, title: In short}
    - {title: Cause, ask: What was it, role: liaison}
    - {section: cause, title: Root cause, ask: Why}
    - {section: asked}
  approvals: 2
  approvers: [manager, commander]
  publish_to: [incidents]
  priorities: [P0, P1]
  effective_after: 14d
"""
REVIEWED = FULL.replace(_LAST, _LAST + _GOOD)


def test_a_review_that_uses_everything_has_no_faults(tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_text(REVIEWED)
    review = read_policy(tmp_path).review
    assert [part.section for part in review.document] == ["glance", "", "cause", "asked"]
    assert (review.approvals, review.approvers) == (2, ("manager", "commander"))


def test_policy_and_review_know_the_same_sections_in_the_same_order() -> None:
    assert tuple(document.SECTIONS) == SECTIONS


@pytest.mark.parametrize(
    ("before", "after", "said", "beside"),
    [
        ("section: glance", "section: glanse", "There is no section of a review “glanse”. Did you mean “glance”?", ""),
        (
            "section: glance, title: In short",
            "title: In short",
            "It has nothing in it. Add `section`",
            "title: In short}",
        ),
        ("{title: Cause, ask", "{ask", "It has no heading. Add `title`.", ""),
        ("ask: What was it, role: liaison", "ask: What, role: liason", "There is no role “liason”.", ""),
        (
            "title: In short}",
            "role: liaison}",
            "Nobody is asked anything there. Add `ask`, or drop `role`.",
            "glance, role",
        ),
        ("title: In short", "title: Cause", "There is another part called “Cause”.", "title: Cause, ask"),
        ("section: glance", "section: cause", "There is another part with the section “cause”.", "title: Root cause"),
        ("    - {section: asked}\n", "", "Nobody sees them: add `- section: asked` to `document`", "  sections: [{"),
        ("{section: asked}", "{section: asked, title: More}", "which have their own. Drop `title`.", ""),
        ("approvers: [manager,", "approvers: [managr,", "There is no contact or role “managr”. Did you mean", ""),
        ("attendees: [manager,", "attendees: [commander,", "There is another attendee “commander”.", ""),
        ("  approvals: 2\n", "", "Nothing waits for them. Add `approvals`", "approvers:"),
        ("approvers: [manager, commander]", "approvers: [commander]", "It needs 2, and only 1 may", "approvals: 2"),
        ("publish_to: [incidents]", "publish_to: [incidents, incidents]", "There is another channel", ""),
        ("[P0, P1]", "[P0, p0]", "There is another priority “p0”.", ""),
    ],
)
def test_a_slip_in_the_review_is_said_with_its_line_and_what_to_write(
    tmp_path: Path, before: str, after: str, said: str, beside: str
) -> None:
    kept, _, reviewed = REVIEWED.partition("\nreview:\n")
    assert before in reviewed, "the example has changed"
    wrong = "\nreview:\n".join([kept, reviewed.replace(before, after, 1)])
    ((line, message),) = faults_of(tmp_path, wrong)
    assert said in message
    assert line == line_of(beside or after, wrong)
