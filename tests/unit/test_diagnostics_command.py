"""What a program said is judged by the pack's rule, and what may not stand in a rule is refused."""

import json
from typing import Any

import pytest

from bot.diagnostics.checks.command import shown
from bot.diagnostics.checks.command.saying import Said, judge
from bot.diagnostics.process import Finished
from bot.diagnostics.result import Measurement, Verdict
from bot.policy.targets.command import CommandRule, CommandTarget

ARGV = ["docker", "ps"]


def rule(**keys: Any) -> CommandRule:
    return CommandRule.model_validate({"name": "containers", "argv": ARGV} | keys)


def judged(
    output: str = "",
    *,
    status: int = 0,
    errors: str = "",
    cut: bool = False,
    secrets: tuple[str, ...] = (),
    **keys: Any,
) -> Measurement:
    finished = Finished(status=status, stdout=output.encode(), stderr=errors.encode(), cut=cut, took_s=0.25)
    return judge(rule(**keys), Said.of(finished, secrets))


def faults(**keys: Any) -> list[tuple[tuple[str | int, ...], str]]:
    return list(rule(**keys).wrong())


def test_a_program_that_ends_well_is_ok_and_its_lines_are_shown() -> None:
    measured = judged("one\n\ntwo\n")
    assert (measured.verdict, measured.value, measured.next_step) == (Verdict.OK, 0, "")
    assert measured.explanation == "It ended with status 0 after 0.2 s."
    assert measured.rows is not None
    assert measured.rows.rows == (("one",), ("two",))


def test_a_status_that_is_not_well_says_the_first_of_its_errors() -> None:
    measured = judged("output\n", status=1, errors="Cannot connect to the daemon.\nIs it running?\n")
    assert (measured.verdict, measured.value) == (Verdict.CRITICAL, 1)
    assert measured.explanation == "It ended with status 1: Cannot connect to the daemon."
    assert measured.next_step == "Run docker by hand where Muster runs, and look into what it says."
    assert measured.rows is not None
    assert measured.rows.rows[0] == ("Cannot connect to the daemon.",)


def test_other_statuses_may_be_well() -> None:
    said = Said.of(Finished(status=3, stdout=b"", stderr=b"", cut=False, took_s=0), ())
    assert judge(rule(status=[0, 3]), said).verdict is Verdict.OK
    assert judge(rule(status=[0, 1]), said).explanation == (
        "It ended with status 3 (0 or 1 would be well), and said nothing."
    )


def test_a_signal_has_its_name() -> None:
    assert judged(status=-9).explanation == "It was ended by SIGKILL, and said nothing."
    assert judged(status=-99).explanation == "It was ended by signal 99, and said nothing."


def test_what_must_be_said_is_looked_for_line_by_line() -> None:
    assert judged("pid 7\nstate: active\n", match="^state: active$").verdict is Verdict.OK
    missing = judged("state: failed\n", match="^state: active$", verdict="warn", next_step="Restart it.")
    assert (missing.verdict, missing.next_step) == (Verdict.WARN, "Restart it.")
    assert missing.explanation == "Nothing that it says matches ^state: active$."
    assert missing.threshold == "must end with 0, must say ^state: active$"


def test_what_must_not_be_said_is_said_with_its_line_and_its_facts() -> None:
    measured = judged("web  Up\nworker  Restarting (1)\n", absent=r"^(?P<container>\S+)\s+Restarting")
    assert (measured.verdict, measured.facts) == (Verdict.CRITICAL, {"container": "worker"})
    assert measured.explanation == "It says what it should not: worker Restarting (1)."
    assert judged("web  Up\n", absent="Restarting").verdict is Verdict.OK


def test_errors_are_looked_through_as_well() -> None:
    assert judged(errors="warning: deprecated\n", absent="deprecated").verdict is Verdict.CRITICAL


@pytest.mark.parametrize(
    ("output", "verdict", "said"),
    [
        ("restarts: 2\n", Verdict.OK, "It is 2 restarts."),
        ("restarts: 5\n", Verdict.WARN, "It is 5 restarts."),
        ("restarts: 1\nrestarts: 12\n", Verdict.CRITICAL, "The worst of 2 numbers is 12 restarts."),
        ("restarts: many\n", Verdict.ERROR, "No number was found: nothing that it says matches restarts: ([0-9]+)."),
    ],
)
def test_a_number_in_the_output_is_judged(output: str, verdict: Verdict, said: str) -> None:
    measured = judged(output, number="restarts: ([0-9]+)", warn=5.0, critical=10.0, unit="restarts")
    assert (measured.verdict, measured.explanation) == (verdict, said)
    assert measured.threshold == "must end with 0, warn at 5 restarts, critical at 10 restarts"


def test_low_numbers_may_be_the_bad_ones() -> None:
    measured = judged("ready 3\nready 0\n", number="ready ([0-9]+)", warn=1.0, below=True)
    assert (measured.verdict, measured.value) == (Verdict.WARN, 0)
    assert measured.threshold == "must end with 0, warn at 1 or less"


@pytest.mark.parametrize(
    ("output", "verdict", "said"),
    [
        (json.dumps({"items": [{"n": 1}, {"n": "7"}]}), Verdict.CRITICAL, "The worst of 2 numbers is 7."),
        (json.dumps({"items": [{"n": 1}]}), Verdict.OK, "It is 1."),
        (json.dumps({"items": []}), Verdict.ERROR, "No number was found: there is nothing at $.items[*].n."),
        (json.dumps({"items": [{"n": True}]}), Verdict.ERROR, "No number was found: what stands there is no number."),
        (json.dumps({"items": [{"n": "NaN"}]}), Verdict.ERROR, "No number was found: “NaN” is no number."),
        (json.dumps({"items": [{"n": "many"}]}), Verdict.ERROR, "No number was found: “many” is no number."),
        (json.dumps({"items": [{"n": 10**400}]}), Verdict.ERROR, f"No number was found: “1{'0' * 39}” is no number."),
        ("no json", Verdict.ERROR, "No number was found: what it says is not JSON."),
        ("[" * 100_000, Verdict.ERROR, "No number was found: what it says is not JSON."),
    ],
)
def test_a_number_at_a_path_is_judged(output: str, verdict: Verdict, said: str) -> None:
    measured = judged(output, json="$.items[*].n", critical=5.0)
    assert (measured.verdict, measured.explanation) == (verdict, said)


def test_an_output_that_was_not_read_to_its_end_is_not_judged_by_what_it_says() -> None:
    assert judged("a", cut=True, match="b").verdict is Verdict.ERROR
    assert judged("a", cut=True).verdict is Verdict.OK


def test_credentials_and_what_the_program_was_given_are_not_shown() -> None:
    output = "user ann@example.com token=hunter2hunter2\nkey s3cr3t-value\n"
    measured = judged(output, secrets=("s3cr3t-value",), absent="key (?P<key>.*)")
    assert not [word for word in ("ann@example.com", "hunter2", "s3cr3t") if word in repr(measured)]


def test_what_it_was_given_is_hidden_only_where_it_is_shown() -> None:
    assert judged('{"tls": true, "n": 3}', secrets=("true",), json="$.n").value == 3


def test_colours_are_taken_out() -> None:
    assert judged("\x1b[32mactive\x1b[0m\r\n", match="^active$").verdict is Verdict.OK


def test_lines_that_are_not_shown_are_counted() -> None:
    rows = judged("line\n" * 5000).rows
    assert rows is not None
    assert (len(rows.rows), rows.left_out) == (20, 4980)


def test_what_is_run_is_shown_as_one_would_type_it() -> None:
    made = rule(argv=["kubectl", "get", "pods", "-l", "app=shop web"], env_from={"KUBECONFIG": "MUSTER_DIAG_KUBE"})
    assert shown(made) == "KUBECONFIG=\"$MUSTER_DIAG_KUBE\" kubectl get pods -l 'app=shop web'"


@pytest.mark.parametrize(
    ("argv", "where", "said"),
    [
        (["docker ps"], 0, "The program is one word"),
        ([""], 0, "The program is one word"),
        (["bin/check"], 0, "its path from the root on"),
        (["sh", "-c", "docker ps | wc -l"], 0, "There is no shell here"),
        (["/bin/bash", "-lc", "true"], 0, "There is no shell here"),
        (["sudo", "dash", "-ec", "true"], 1, "There is no shell here"),
        (["docker", "exec", "web", "sh", "-c", "true"], 3, "There is no shell here"),
        (["mysqladmin", "--password=hunter2", "status"], 1, "It holds a credential"),
        (["curl", "https://u:hunter2@shop.example"], 1, "It holds a credential"),
        (["env", "API_TOKEN=hunter2", "check"], 1, "It holds a credential"),
        (["echo", "a\0b"], 1, "null character"),
    ],
)
def test_a_shell_or_a_credential_in_the_arguments_is_refused(argv: list[str], where: int, said: str) -> None:
    found = faults(argv=argv)
    assert [place for place, _ in found] == [("argv", where)]
    assert said in found[0][1]
    assert "hunter2" not in found[0][1]


def test_a_script_of_one_s_own_may_be_run_by_a_shell() -> None:
    assert faults(argv=["sh", "/opt/checks/backup.sh"]) == []


def test_a_variable_s_name_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="is not a variable's name; write one such as KUBECONFIG"):
        rule(env_from={"KUBE CONFIG": "MUSTER_DIAG_KUBE"})


@pytest.mark.parametrize("argv", [[], [1, 2], "docker ps"])
def test_arguments_that_are_no_list_of_text_are_refused(argv: object) -> None:
    with pytest.raises(ValueError, match="argv"):
        rule(argv=argv)


@pytest.mark.parametrize(
    ("keys", "where"),
    [
        ({"match": "("}, ("match",)),
        ({"number": "[0-9]+"}, ("number",)),
        ({"number": "([0-9]+)/([0-9]+)"}, ("number",)),
        ({"json": "x["}, ("json",)),
        ({"json": "$.n", "number": "(.)"}, ("json",)),
        ({"warn": 5.0}, ("warn",)),
        ({"json": "$.n", "warn": 5.0, "critical": 1.0}, ("critical",)),
        ({"json": "$.n", "warn": 1.0, "critical": 5.0, "below": True}, ("critical",)),
        ({"env_from": {"LD_PRELOAD": "MUSTER_DIAG_X"}}, ("env_from", "LD_PRELOAD")),
    ],
)
def test_what_does_not_go_together_is_refused_at_its_place(keys: dict[str, Any], where: tuple[str, ...]) -> None:
    assert [place for place, _ in faults(**keys)] == [where]


def test_names_that_stand_twice_and_the_settings_of_all_commands_are_known() -> None:
    commands = [
        {"name": "a", "argv": ARGV, "env_from": {"KUBECONFIG": "MUSTER_DIAG_KUBE"}},
        {"name": "a", "argv": ["sh", "-c", "x"]},
        {"name": "reachability", "argv": ARGV, "env_from": {"TOKEN": "MUSTER_DIAG_TOKEN"}},
    ]
    made = CommandTarget.model_validate({"kind": "command", "name": "it", "commands": commands})
    assert list(made.settings()) == ["MUSTER_DIAG_KUBE", "MUSTER_DIAG_TOKEN"]
    assert [place for place, _ in made.wrong()] == [
        ("commands", 1, "name"),
        ("commands", 1, "argv", 0),
        ("commands", 2, "name"),
    ]
