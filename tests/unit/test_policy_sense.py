"""What no single field of a policy shows, each with its line and what to write."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.policy.read import read_policy
from tests.unit.full_policy import FULL, faults_of, line_of


def test_a_policy_that_uses_every_section_has_no_faults(tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_text(FULL)
    policy = read_policy(tmp_path)
    assert [step.name for step in policy.escalation][-1] == "bosses"
    assert policy.calendar.zone == "Europe/London"


#: What is put in the place of what, what is said, and (where it is not in the changed line) beside what.
Slip = tuple[str, str, str] | tuple[str, str, str, str]

NAMES: list[Slip] = [
    ("after: standup", "after: standdown", "There is no appointment “standdown”. Did you mean “standup”?"),
    ("review_within: next-business-day", "review_within: next-busines-day", "Did you mean “next-business-day”?"),
    ("phase: Assess}", "phase: Asses}", "There is no phase “Asses”. Did you mean “Assess”?"),
    ("{fields: [root_cause]}", "{fields: [rootcause]}", "There is no field “rootcause”. Did you mean “root_cause”?"),
    ("watched_if: {rollback", "watched_if: {rolback", "There is no condition “rolback”. Did you mean “rollback”?"),
    ("checklists: [rolling-back]", "checklists: [rolling]", "There is no checklist “rolling”. Did you mean"),
    ("contacts: [on-call]", "contacts: [oncall]", "There is no contact “oncall”. Did you mean “on-call”?"),
    ("{contact: on-call, people", "{contact: oncall, people", "There is no contact “oncall”."),
    ("{contact: manager, url", "{contact: managr, url", "There is no contact “managr”. Did you mean “manager”?"),
    ('"$.on_call[*].email"', '"$.on_call["', "is not a JSONPath"),
    ("severities: [P1], notify: [on-call]}", "severities: [P3], notify: [on-call]}", "There is no severity “P3”"),
    ("services: [checkout]}", "services: [chekout]}", "There is no service “chekout”. Did you mean “checkout”?"),
    ("conditions: [data-loss], notify", "conditions: [dataloss], notify", "There is no condition “dataloss”."),
    ("suggests: P1", "suggests: P0", "There is no severity “P0”. Did you mean"),
    ("role: scribe}", "role: scrib}", "There is no role “scrib”. Did you mean “scribe”?"),
    ("conditions: [rollback], items", "conditions: [revert], items", "There is no condition “revert”."),
    ("statuses: [monitoring], items", "statuses: [monitor], items", "There is no status “monitor”."),
    ("severities: [P1], body", "severities: [P9], body", "There is no severity “P9”"),
    ("statuses: [fixing], body", "statuses: [mending], body", "There is no status “mending”"),
    ("conditions: [data-loss], body", "conditions: [loss], body", "There is no condition “loss”"),
    ("severities: [P1], notify: [manager]", "severities: [P7], notify: [manager]", "There is no severity “P7”"),
    ("notify: [manager], checklist", "notify: [boss], checklist", "There is no contact or role “boss”"),
    ("notify: [manager], checklist", "notify: [SECURITY], checklist", "There is no contact or role “SECURITY”"),
    ("checklist: first}", "checklist: frist}", "There is no checklist “frist”. Did you mean “first”?"),
    ("attendees: [manager,", "attendees: [managers,", "There is no contact or role “managers”"),
    ("role: liaison}", "role: liason}", "There is no role “liason”. Did you mean “liaison”?"),
    ("targets: [db]", "targets: [dbs]", "There is no diagnostics target “dbs”"),
]

CLASHES: list[Slip] = [
    ("name: rollback, title", "name: Data-Loss, title", "“Data-Loss” already means “data-loss”. Choose another word."),
    ("aliases: [lost]", "aliases: [rollback]", "“rollback” already means “data-loss”", "name: rollback, title"),
    ("{name: verify, title", "{name: first, title", "“first” already means “first”"),
    ("{name: letter,", "{name: page,", "“page” already means “page”"),
    ("name: lost-data,", "name: long,", "There is another step “long”. Give this one another name, or drop it."),
    ("{name: next-sprint, t", "{name: standup, t", "There is another meeting “standup”."),
    ("{name: standup, t", "{name: next-business-day, t", "“next-business-day” is known without being declared."),
    ("phases: [Assess, Respond,", "phases: [Assess, Assess, Respond,", "There is another phase “Assess”."),
    ("choices: [Blue, Green]", "choices: [Blue, blue]", "There is another choice “blue”."),
    ("items: [Look, ", "items: [Look, Look, ", "There is another item “Look”."),
    ("  manager: []", "  service-owners: []", "“service-owners” means the owners of the incident's service."),
    ("aliases: [management]", "aliases: [on-call]", "“on-call” is the contact “on-call”, whom it does not tell."),
    ("aliases: [management]", "aliases: [lead]", "“lead” is the role “commander”, whom it does not tell."),
    ("directory:", "directory:\n  - {name: vendor, title: V}", "There is another entry “vendor”.", "{name: vendor,"),
    (
        "follow_ups:",
        "follow_ups:\n  - {name: proof, title: P, after: 1d}",
        "There is another follow-up",
        "{name: proof,",
    ),
    (
        "\nfields:",
        "\nfields:\n  - {name: room, title: R, forms: [update]}",
        "There is another field “room”.",
        "{name: room,",
    ),
    (
        "  rotations:",
        "  rotations:\n    - {contact: on-call, people: [U1234567], starting: 2026-01-05}",
        "There is another rotation for “on-call”",
        "    - {contact: on-call, people: [U012",
    ),
    ("{name: proof,", "{name: letter,", "“letter” is a text as well, and `snooze letter` would not know which."),
    ("{name: long,", "{name: proof,", "“proof” is a follow-up as well, and `snooze proof` would not know which."),
    ("{contact: manager, url", "{contact: on-call, url", "“on-call” has a rotation as well. Keep one of the two."),
]

NEVER: list[Slip] = [
    ("phases: [Assess,", "phases: [Detect, Assess,", "No status is in the phase “Detect”. Write `phase: Detect`"),
    ("{fields: [root_cause]}", "{fields: [summary]}", "Nobody can enter it: the summary is filled in"),
    ("{fields: [root_cause]}", "{watched: 5m}", "Watching comes before a resolution: “fixing” is active."),
    ("{fields: [root_cause]}", "{watched_if: {rollback: 5m}}", "Watching comes before a resolution"),
    (
        "at: condition, conditions: [rollback], items: [Watch]",
        "at: resolved, items: [Watch]",
        "“rolling-back” is shown only when “resolved” is entered already. Show it earlier.",
        "checklists: [rolling-back]",
    ),
    (
        "at: condition, conditions: [rollback], items: [Watch]",
        "at: status, statuses: [resolved], items: [Watch]",
        "“rolling-back” is shown only when “resolved” is entered already.",
        "checklists: [rolling-back]",
    ),
    ("status_page: public\n    ", "", "It never rings: nothing is published.", "status_page_within"),
    ("audience: status-page", "audience: internal", "Nothing answers it: add a text with", "status_page_within"),
    ("severities: [P1], body", "severities: [P2], body", "for P1, or drop it.", "status_page_within"),
    ("resolve_within: 1h", "resolve_within: 1m", "`resolve_within` (1m) ends before `acknowledge_within` (5m)"),
    ('closes: "17:00"', 'closes: "08:00"', "The office never opens: `closes` has to be later in the day than `opens`"),
    (", conditions: [data-loss], notify", ", notify", "It never rings: add `conditions`", "name: lost-data"),
    ("trigger: unresolved,", "trigger: unresolved, conditions: [rollback],", "They do nothing with `trigger"),
    ("trigger: unresolved,", "trigger: unresolved, aliases: [late],", "Nobody asks for a step with `trigger"),
    ("trigger: unidentified, after: 30m,", "trigger: unidentified,", "Nobody knows the cause at once: add `after`"),
    ("    acknowledge_within: 1h\n", "", "It would ring at once: add `after`, such as 15m, or `acknowledge_within` for",
     "name: unseen"),
    ("services: [checkout]}", "since: acknowledged}", "It never rings: it waits for an acknowledgement and for none."),
    ("aliases: [management],", "after: 5m,", "It is told at once when somebody asks for it"),
    ("aliases: [management],", "business_hours: true,", "It is told at once when somebody asks for it"),
    ("aliases: [management],", "repeats: 2,", "It can never repeat: add `repeat_every`"),
    ("after: 30m, ", "after: 30m, repeat_every: 5m, ", "It can never repeat: add `repeats`"),
    ("severities: [P1], notify: [on-call]}", "notify: [commander]}", "Nobody hears it until somebody takes the role"),
    ("notify: [on-call, service-owners]", "notify: [liaison, commander]", "“liaison”. Give the role `contacts`"),
    ("notify: [commander]}", "notify: [liaison]}", "Nobody hears it until somebody takes the role “liaison”."),
    ("checkout, owners: [on-call]", "checkout", "Nobody hears it: no service has `owners`.", "name: lost-data"),
    ("at: status, statuses: [monitoring]", "at: status", "It is never shown: add `statuses`"),
    ("at: status, statuses: [monitoring]", "at: declared, statuses: [monitoring]", "They do nothing with `at"),
    ("at: condition, conditions: [rollback]", "at: condition", "It is never shown: add `conditions`"),
    ("with_updates: true", "with_updates: true, every: 1h", "It is due `with_updates` already. Keep one of the two."),
    ("    update_every: 15m\n", "", "It is never due: none of its severities has `update_every`.", "name: news"),
    ("statuses: [fixing], body", "statuses: [resolved, closed], body", "in “resolved”, “closed” the incident is over"),
    ("choices: [Blue, Green]", "choices: [Blue], long: true", "“War room” is chosen from a list. Drop `long`"),
]  # fmt: skip


@pytest.mark.parametrize("slip", [*NAMES, *CLASHES, *NEVER], ids=lambda slip: slip[1].strip()[:50])
def test_a_slip_is_said_with_its_line_and_what_to_write(tmp_path: Path, slip: Slip) -> None:
    before, after, said, *beside = slip
    assert before in FULL, "the example has changed"
    text = FULL.replace(before, after, 1)
    changed = line_of(before)
    lines = [text[: text.rindex(beside[0])].count("\n") + 1] if beside else [changed, changed + after.count("\n")]
    found = faults_of(tmp_path, text)
    assert any(line in lines and said in message for line, message in found), (lines, found)


ALLOWED = [
    # What tells the very people whom its alias names is called as anybody would call it.
    ("aliases: [management]", "aliases: [manager]"),
    # The commander has been found when something lasts, and somebody with contacts is always told.
    ("notify: [commander]}", "notify: [commander, liaison]}"),
    ("notify: [commander]}", "notify: [scribe]}"),
    # The address reaches somebody, whoever has taken the role.
    ("notify: [commander]}", "notify: [liaison], email: [manager]}"),
    # A follow-up asks for a list that nothing else shows.
    ("checklist: first}", "checklist: by-hand}"),
    # A text without a clock may be used when it is over.
    ('statuses: [fixing], body: "{{ impact }}", every: 1h', 'statuses: [resolved], body: "{{ impact }}"'),
    # `high` at the beginning of a title is how people write; it is theirs to choose.
    ("  - name: P2", "  - name: P2\n    aliases: [ack, high]"),
]


@pytest.mark.parametrize(("before", "after"), ALLOWED)
def test_what_a_team_may_mean_is_no_fault(tmp_path: Path, before: str, after: str) -> None:
    assert before in FULL
    by_hand = "checklists:\n  - {name: by-hand, title: By hand, at: condition, items: [Look again]}\n"
    text = FULL.replace(before, after, 1)
    (tmp_path / "policy.yaml").write_text(text.replace("checklists:\n", by_hand, 1) if "by-hand" in after else text)
    read_policy(tmp_path)


def test_a_meeting_that_falls_on_holidays_alone_is_a_fault(tmp_path: Path) -> None:
    days = ", ".join(f"2026-{month:02}-01, 2027-{month:02}-01" for month in range(1, 13))
    text = FULL.replace("2026-12-25, 2026-12-28", f"2026-01-07, 2027-01-06, {days}")
    text = text.replace('at: "10:00", every_weeks: 2', 'at: "10:00", every_weeks: 52, starting: 2026-01-07')
    ((line, message),) = faults_of(tmp_path, text)
    assert line == line_of("name: next-sprint", text)
    assert message == "It falls on holidays for more than a year, from 2026-01-07 on. Choose other days."


def test_an_office_that_is_closed_for_years_is_a_fault(tmp_path: Path) -> None:
    days = ", ".join(str(date(2026, 1, 1) + timedelta(days=day)) for day in range(450))
    text = FULL.replace("2026-12-25, 2026-12-28", days)
    assert (
        line_of("holidays:", text),
        "The office is closed for more than a year on end. Drop some of the holidays.",
    ) in (faults_of(tmp_path, text))
