"""Every template of ours, with ordinary, missing, long and hostile values.

Our own judgement of a message stands beside the sandbox's, which was written without knowing ours.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.application.present import about_entry
from bot.diagnostics.result import Verdict
from bot.domain.events import (
    Acknowledged,
    ActionItemDone,
    Escalated,
    Event,
    MessageCaptured,
    Resolved,
    RoleAssigned,
)
from bot.messages import Message, Messages
from bot.messages.check import check_templates, problems
from bot.messages.samples import REF, hostile, line_samples, samples
from bot.policy.faults import Fault
from bot.sandbox.kit.message import check_message
from bot.slack.usage import USAGES

MESSAGES = Messages()
ORDINARY, HOSTILE = samples(), hostile()
WITHOUT_INCIDENT = {
    "help", "help_command", "error", "action_list", "diag_list", "diag_report", "diagnosing", "policy", "runbook_list",
    "runbook_text", "alert_group", "alert_list", "alert_show", "mute_list", "muted", "task_list", "home",
}  # fmt: skip
OUTSIDE = {
    "role_instructions",
    "escalation_call",
    "escalation_notice",
    "item_due",
    "delivery_failed",
    "announcement",
    "announced",
    "text_elsewhere",
    "show",
    "list",
}


def _rendered(name: str, which: dict[str, Any]) -> list[Message]:
    return [MESSAGES.render(name, ref=REF, **sample) for sample in which[name]]


def test_every_template_has_sample_values() -> None:
    assert MESSAGES.names() == sorted(ORDINARY)
    assert MESSAGES.line_names() == sorted(line_samples())


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_values_make_a_message_that_slack_takes_uncut(name: str) -> None:
    for message in _rendered(name, ORDINARY):
        assert problems(message) == []
        check_message(message.blocks)
        assert name in {"timeline", "list"} or "(cut" not in json.dumps(message.blocks)
        assert "\n\n\n" not in message.text


@pytest.mark.parametrize("name", ORDINARY)
def test_hostile_values_make_a_message_that_slack_takes_and_that_pings_nobody(name: str) -> None:
    for message in _rendered(name, HOSTILE):
        assert problems(message) == []
        check_message(message.blocks)
        shown = f"{message.text}{message.blocks}"
        assert "<!channel" not in shown
        assert "'approve'" not in shown
        if name not in {"runbook", "runbook_text", "step"}:  # whose Markdown is the team's own, and may link
            assert "<https://evil" not in shown


#: Runs of diagnostics whose results are there, watched and with offers.
RUNS = [
    sample
    for sample in ORDINARY["diagnostic"]
    if sample["report"] and sample["watched"] and not sample["incident"].over
]


@pytest.mark.parametrize("name", sorted(set(ORDINARY) - WITHOUT_INCIDENT))
def test_a_drill_says_so_in_every_message(name: str) -> None:
    drills = [sample for sample in ORDINARY[name] if sample["incident"].drill]
    assert all("DRILL" in MESSAGES.render(name, ref=REF, **drill).text for drill in drills)


@pytest.mark.parametrize("name", sorted(OUTSIDE))
def test_a_private_incidents_title_is_not_shown_outside_of_its_channel(name: str) -> None:
    for sample in ORDINARY[name]:
        if sample["incident"].private:
            hidden = dict.fromkeys(("last_update", "summary", "root_cause"), "secret")
            secret = replace(sample["incident"], title="A secret", **hidden)
            own = {"incidents": [secret]} if name == "list" else {}
            message = MESSAGES.render(name, ref=REF, **{**sample, "incident": secret, **own})
            assert "secret" not in f"{message.text}{message.blocks}"


@pytest.mark.parametrize("text", ["Checkout is down", "<!channel> " * 200])
def test_lines_fit_where_they_go(text: str) -> None:
    for name, values in line_samples(text).items():
        for value in values:
            line = MESSAGES.line(name, **value)
            assert "\n" not in line
            assert "<!" not in line.replace("<!date^", "")
            assert len(line) <= (250 if name in {"topic", "purpose"} else 3_000)


def _buttons(name: str, number: int) -> list[str]:
    blocks = MESSAGES.render(name, ref=REF, **ORDINARY[name][number]).blocks
    return [element["action_id"] for block in blocks if block["type"] == "actions" for element in block["elements"]]


def test_the_cards_buttons_follow_the_state() -> None:
    assert _buttons("summary", 0) == ["ack", "update", "escalate", "role", "diag", "resolve"]
    assert _buttons("summary", 1) == ["update", "escalate", "role", "diag", "resolve"]
    assert _buttons("summary", 4) == ["review", "tasks", "reopen", "close"]
    assert _buttons("summary", 5) == ["review", "reopen"]


@pytest.mark.parametrize("name", sorted(name for name in ORDINARY if "event" in ORDINARY[name][0] and name != "answer"))
def test_a_post_needs_no_more_than_the_application_gives(name: str) -> None:
    for sample in ORDINARY[name]:
        context = about_entry(sample["incident"], sample["entry"], sample["policy"], {})
        assert (
            problems(MESSAGES.render(name, ref=REF, **({"runbook": None} if name == "runbook" else {}), **context))
            == []
        )


def test_a_task_that_is_done_reads_so() -> None:
    sample = ORDINARY["action_item"][0]
    entry = replace(sample["entry"], event=ActionItemDone(number=4, text="Mend it"))
    context = about_entry(sample["incident"], entry, sample["policy"], {})
    assert MESSAGES.render("action_item", **context).text.startswith(":ballot_box_with_check: Done: 4. Mend it")


def test_the_help_has_every_command_uncut() -> None:
    message = MESSAGES.render("help", commands=USAGES, command="/incident")
    assert problems(message) == []
    assert all(f"/incident {usage.name}" in message.text for usage in USAGES)
    assert "(cut" not in message.text


def test_a_called_person_is_mentioned() -> None:
    assert "<@U0BEA>" in _rendered("escalation", ORDINARY)[0].text
    assert "<!subteam^S0ONCALL1>" in _rendered("escalation", ORDINARY)[0].text


def _answer(event: Event) -> str:
    sample = ORDINARY["answer"][1]
    context = about_entry(sample["incident"], replace(sample["entry"], event=event), sample["policy"], {})
    return MESSAGES.render("answer", ref=REF, **context, duplicate=False, behind=None).text


def test_an_answer_names_people_as_people_and_roles_by_their_titles() -> None:
    called = Escalated(level=1, why="", names=("U0CAROL003", "on-call"), people=("U0CAROL003",), severity="P1")
    assert "escalated to <@U0CAROL003>, on-call" in _answer(called)
    assert "<@U0BEA> is Incident commander" in _answer(RoleAssigned(role="commander", user="U0BEA"))
    assert "became Incident commander" in _answer(Acknowledged(severity="P1", role="commander"))
    assert "<@U0BEA> is bard" in _answer(RoleAssigned(role="bard", user="U0BEA"))


def test_who_wrote_a_message_is_said_once() -> None:
    message = MessageCaptured(channel="C1", ts="1.1", user="U0BEA", text="Look", via="pin")
    assert "wrote (pinned): “Look”" in _answer(message)
    assert "<@U0BEA>" not in _answer(message)
    assert "<@U0ALI> wrote" in _answer(replace(message, user="U0ALI"))


def test_a_resolution_without_a_cause_says_so_in_plain_words() -> None:
    sample = ORDINARY["resolution"][4]
    entry = replace(sample["entry"], event=Resolved(before="fixing", status="resolved", summary="Done."))
    context = about_entry(sample["incident"], entry, sample["policy"], {})
    assert "Root cause: not written down yet; the review asks for it" in MESSAGES.render("resolution", **context).text


def test_the_card_leaves_out_what_there_is_none_of_and_the_channel_that_it_stands_in() -> None:
    fresh, busy = _rendered("summary", ORDINARY)[:2]
    assert "not acknowledged yet" in fresh.text
    assert fresh.text.splitlines()[-1].startswith(f"{REF} · <https://")
    assert busy.text.splitlines()[-1].startswith(f"{REF} · 1 escalation · 1 diagnostic · 3 open tasks")
    assert "channel" not in busy.text


def test_what_is_over_is_no_longer_red() -> None:
    texts = [message.text for message in _rendered("summary", ORDINARY)]
    assert [text.split(" ")[0] for text in texts[:2]] == [":red_circle:", ":red_circle:"]
    assert [text.split(" ")[0] for text in texts[4:6]] == [":white_check_mark:", ":white_check_mark:"]


def test_every_post_in_the_channel_ends_in_the_same_small_print() -> None:
    for name in ("acknowledged", "update", "status_change", "severity_change", "role_change", "escalation", "runbook"):
        last = _rendered(name, ORDINARY)[1].text.splitlines()[-1]
        assert "Timeline #8 · <@U0BEA> · <!date^" in last
    assert "Next update due <!date^" in _rendered("update", ORDINARY)[1].text


def test_a_healthy_diagnostic_is_a_line_for_each_check() -> None:
    sample = RUNS[0]
    report = replace(sample["report"], results=tuple(replace(r, verdict=Verdict.OK) for r in sample["report"].results))
    event = replace(sample["event"], verdict="OK", findings=())
    text = MESSAGES.render("diagnostic", ref=REF, **sample | {"report": report, "event": event}).text
    assert text.splitlines()[0] == ":large_green_circle: Diagnostics of db: OK"
    lines = [line for line in text.splitlines()[1:] if ":large_green_circle:" in line]
    assert [name for name in ("Latency", "Blocked", "Cache") for line in lines if name in line] == [
        "Latency",
        "Blocked",
        "Cache",
    ]
    assert "→" not in text
    assert "What to do" not in text


def test_a_diagnostic_that_found_something_says_what_to_do_and_what_can_be_done_about_it() -> None:
    message = MESSAGES.render("diagnostic", ref=REF, **RUNS[0])
    assert "What to do:" in message.text
    assert "(0 → 7 sessions since" in message.text
    assert "usually 0.25" in message.text
    assert "app on db · 3 checks in 84 ms" in message.text
    assert "Looked at every 5 min" in message.text
    buttons = [element for block in message.blocks if block["type"] == "actions" for element in block["elements"]]
    assert [button["action_id"] for button in buttons] == ["diag", "unwatch", "runbook", "act", "act:2"]


def test_a_run_on_its_way_says_how_far_it_is_and_what_is_waited_for() -> None:
    going = next(sample for sample in ORDINARY["diagnostic"] if sample.get("far"))
    text = MESSAGES.render("diagnostic", ref=REF, **going).text
    assert "▰▰▱" in text
    assert "3 of 15 checks done, waiting for" in text
    assert "and 5 more" in text


def test_a_diagnostic_shows_the_worst_first() -> None:
    text = MESSAGES.render("diagnostic", ref=REF, **RUNS[0]).text
    assert text.index("Blocked") < text.index("Cache") < text.index("Latency")


def test_the_check_names_file_line_and_fault(tmp_path: Path) -> None:
    files = {
        "slack/update/message.md.j2": "fine\n\n{{ event.txt }}\n",
        "slack/closed/message.md.j2": "",
        "slack/unheard_of/message.md.j2": "hello",
        "slack/lines/topic.txt.j2": "{{ nothing }}",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    found = {Path(fault.file).relative_to(tmp_path / "slack").as_posix(): fault for fault in _known(tmp_path)}
    assert found["update/message.md.j2"].line == 3
    assert "no attribute 'txt'" in found["update/message.md.j2"].message
    assert "empty" in found["closed/message.md.j2"].message
    assert "Nothing is said by this name" in found["unheard_of/message.md.j2"].message
    assert "'nothing' is undefined" in found["lines/topic.txt.j2"].message


def _known(root: Path) -> list[Fault]:
    return [fault for fault in check_templates(Messages(root=root)) if Path(fault.file).is_absolute()]
