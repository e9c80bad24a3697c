"""What a pack says about reaching people outside of Slack."""

import json
from pathlib import Path

import pytest
import yaml

from bot.domain.rules import WebhookRule
from bot.paths import RUNBOOKS
from bot.policy.addresses import is_address
from bot.policy.faults import PolicyFault
from bot.policy.read import read_policy
from bot.policy.schema import schema_json
from tests.unit.test_policy_read import SMALL, read

OUTSIDE = """\
emails:
  on-call: [dave@example.com, "erin+sms@pager.example.com"]
webhooks:
  - name: pager
    url_from: MUSTER_PAGER_URL
    secret_from: MUSTER_PAGER_SECRET
manual_email: [on-call]
manual_webhooks: [pager]
"""
WITH_STEP = SMALL.replace("    repeat_every", "    email: [on-call]\n    webhooks: [pager]\n    repeat_every") + OUTSIDE
FIRST = SMALL.count("\n") + 4


def faults(directory: Path, before: str, after: str) -> list[tuple[int, str]]:
    assert before in WITH_STEP
    (directory / "policy.yaml").write_text(WITH_STEP.replace(before, after, 1))
    with pytest.raises(PolicyFault) as caught:
        read_policy(directory)
    return [(fault.line, fault.message) for fault in caught.value.faults]


def test_addresses_and_webhooks_become_rules(tmp_path: Path) -> None:
    policy = read(tmp_path, WITH_STEP)
    assert policy.addresses(["on-call", "nobody"]) == ("dave@example.com", "erin+sms@pager.example.com")
    assert policy.webhook("pager") == WebhookRule(
        name="pager", url_from="MUSTER_PAGER_URL", secret_from="MUSTER_PAGER_SECRET"
    )
    assert policy.webhook("old") is None
    assert policy.escalation[0].email == ("on-call",)
    assert policy.escalation[0].webhooks == ("pager",)
    assert policy.manual_email == ("on-call",)
    assert policy.mails
    assert not read(tmp_path, SMALL).mails


@pytest.mark.parametrize(
    ("before", "after", "line", "message"),
    [
        ("dave@example.com", "dave", FIRST, "“dave” is not an e-mail address"),
        ("dave@example.com", "'Dave <dave@example.com>'", FIRST, "is not an e-mail address"),
        ("dave@example.com", '"a@example.com\\nBcc: b@example.com"', FIRST, "is not an e-mail address"),
        ("emails:\n  on-call:", "emails:\n  oncall:", FIRST, "no contact “oncall”. Did you mean “on-call”?"),
        (
            "    email: [on-call]",
            "    email: [oncall]",
            26,
            "no contact with `emails` “oncall”. Did you mean “on-call”?",
        ),
        ("    email: [on-call]", "    email: [commander]", 26, "There is no contact with `emails` “commander”"),
        ("    webhooks: [pager]", "    webhooks: [pagr]", 27, "There is no webhook “pagr”. Did you mean “pager”?"),
        ("manual_email: [on-call]", "manual_email: [lead]", FIRST + 5, "There is no contact with `emails` “lead”"),
        ("manual_webhooks: [pager]", "manual_webhooks: [x]", FIRST + 6, "There is no webhook “x”"),
        ("    secret_from: MUSTER_PAGER_SECRET\n", "", FIRST + 2, "The key `secret_from` is missing here"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, before: str, after: str, line: int, message: str) -> None:
    found = faults(tmp_path, before, after)
    assert line in [number for number, _ in found], found
    assert any(message in said for _, said in found), found


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("MUSTER_PAGER_URL", "https://pager.example.com/s3cret"),
        ("MUSTER_PAGER_SECRET", "s3cret-itself"),
    ],
)
def test_an_address_or_secret_in_a_pack_is_a_fault_that_does_not_repeat_it(
    tmp_path: Path, before: str, after: str
) -> None:
    [(_, said)] = faults(tmp_path, before, after)
    assert "names the setting" in said
    assert "s3cret" not in said


def test_two_webhooks_of_one_name_are_a_fault(tmp_path: Path) -> None:
    twice = "webhooks:\n  - {name: pager, url_from: MUSTER_A, secret_from: MUSTER_B}\n"
    assert any(
        "There is another webhook “pager”" in said
        for _, said in faults(tmp_path, "webhooks:\n  - name", twice + "  - name")
    )


@pytest.mark.parametrize("text", ["a@example.com", "a.b+c_d'e@sub.example.co.uk", "x@xn--bcher-kva.example"])
def test_plain_addresses_are_addresses(text: str) -> None:
    assert is_address(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "a", "a@", "@example.com", "a@example", "a@example.com\n", "a@b@example.com", "a b@example.com",
        ".a@example.com", "a..b@example.com", "a@-x.example", "ä@example.com", "<a@example.com>",
        '"a b"@example.com', "a@[127.0.0.1]",
        f"{'a' * 65}@example.com", f"a@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 60}.{'f' * 60}.com",
    ],
)  # fmt: skip
def test_anything_else_is_none(text: str) -> None:
    assert not is_address(text)


def test_the_json_schema_knows_what_is_outside_of_slack() -> None:
    schema = json.loads(json.dumps(schema_json()))
    assert {"emails", "webhooks", "manual_email", "manual_webhooks"} <= schema["properties"].keys()
    assert {"email", "webhooks"} <= schema["$defs"]["StepRule"]["properties"].keys()
    assert set(schema["$defs"]["WebhookSection"]["required"]) == {"name", "url_from", "secret_from"}


def test_the_default_packs_example_is_right_once_its_marks_are_taken_away(tmp_path: Path) -> None:
    text = (RUNBOOKS / "default" / "policy.yaml").read_text(encoding="utf-8")
    begin, end = text.index("# emails:"), text.index("# ---- Escalation")
    example = "\n".join(line.removeprefix("#").removeprefix(" ") for line in text[begin:end].splitlines())
    assert yaml.safe_load(example).keys() == {"emails", "webhooks"}
    policy = text[:begin] + example + "\n" + text[end:]
    policy = policy.replace("    # email: [on-call]", "    email: [on-call]")
    policy = policy.replace("    # webhooks: [pager]", "    webhooks: [pager]")
    policy = policy.replace("# manual_email: [", "manual_email: [").replace(
        "# manual_webhooks: [", "manual_webhooks: ["
    )
    read_it = read(tmp_path, policy)
    assert read_it.mails
    assert read_it.escalation[0].webhooks == ("pager",)
    assert read_it.manual_email
