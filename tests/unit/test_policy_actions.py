"""Actions of a pack: what they become, and what is wrong with them, by its line."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from bot.diagnostics.actions.kinds import ACTION_KINDS
from bot.diagnostics.runner import known_checks
from bot.domain.action_rules import Allowed, Approvals, Fact, Param, ParamType
from bot.paths import RUNBOOKS
from bot.policy.actions import ACTIONS
from bot.policy.actions.statement import parse_statement
from bot.policy.faults import PolicyFault
from bot.policy.read import read_policy
from tests.unit.full_policy import FULL, line_of

PAGE = (RUNBOOKS.parent / "docs" / "actions.md").read_text(encoding="utf-8")
BEFORE = FULL[: FULL.index("actions:\n")].replace(
    "first_looks:", "  - {name: cache, kind: redis, url_from: MUSTER_REDIS_URL}\n"
    "  - {name: shop, kind: http, url: 'https://shop.example'}\nfirst_looks:"
)  # fmt: skip


def faults(directory: Path, actions: str) -> list[tuple[int, str]]:
    """What is wrong with a policy that has these actions: lines from their beginning, and messages."""
    (directory / "policy.yaml").write_text(f"{BEFORE}actions:\n{actions}")
    try:
        read_policy(directory, checks_of=known_checks)
    except PolicyFault as error:
        return [(fault.line - BEFORE.count("\n") - 1, fault.message) for fault in error.faults]
    return []


def test_every_kind_has_its_section_and_says_so() -> None:
    assert {name: kind.options for name, kind in ACTION_KINDS.items()} == ACTIONS
    for name, section in ACTIONS.items():
        assert get_args(section.model_fields["kind"].annotation) == (name,)


@pytest.mark.parametrize("kind", sorted(ACTIONS))
def test_the_documentation_has_every_kind_with_its_keys(kind: str) -> None:
    assert f"\n## {kind}\n" in PAGE
    assert [key for key in ACTIONS[kind].model_fields if f"`{key}`" not in PAGE] == []


def test_the_examples_of_the_documentation_are_right(tmp_path: Path) -> None:
    examples = [block.split("```")[0] for block in PAGE.split("```yaml\n")[1:]]
    actions = "".join(example.removeprefix("actions:\n") for example in examples if example.startswith("actions:\n"))
    assert {entry["kind"] for entry in yaml.safe_load(actions)} == set(ACTIONS)
    assert faults(tmp_path, actions) == []


def test_a_section_becomes_a_rule(tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_text(FULL)
    policy = read_policy(tmp_path, checks_of=known_checks)
    end, retry = policy.actions
    assert policy.action("kill") is end
    assert policy.action("End session") is end
    assert policy.action("nothing") is None
    assert (end.kind, end.target, end.offered_on, end.verify) == ("end_session", "db", ("locks",), "db locks")
    assert end.params == (
        Param(name="pid", type=ParamType.INTEGER, title="Process id", min=1, source=Fact(check="locks", fact="pid")),
    )
    assert end.approvals == Approvals(count=2, roles=("commander",), groups=("on-call",), emergency=True)
    assert end.allowed == Allowed(groups=("manager",))
    assert (end.expires, end.timeout) == (timedelta(minutes=15), timedelta(seconds=30))
    assert retry.allowed.everybody
    assert retry.approvals == Approvals()
    assert retry.params[1].default == 10
    assert [target.allowed for target in policy.targets] == [Allowed(roles=("liaison",))]


def test_the_default_packs_action_ends_a_session() -> None:
    policy = read_policy(RUNBOOKS / "default", checks_of=known_checks)
    end = policy.action("end-session")
    assert end is not None
    assert end.offered("db", "locks")
    assert end.verify == "db locks"
    assert end.approvals.count == 1


END = "  - {name: end, kind: end_session, does: Ends it., target: db"
SQL = "  - {name: mend, kind: sql, does: Mends it., target: db, "
RUN = "  - {name: go, kind: command, does: Goes., "
ASK = "  - {name: ask, kind: http, does: Asks., "
DROP = "  - {name: drop, kind: flush, does: Drops., target: cache, "
TEXT = "{name: a, type: text, max_length: 9}"
NUMBER = "{name: a, type: integer}"


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (END.replace("target: db", "target: dbs") + "}", "There is no diagnostics target “dbs”. Did you mean “db”?"),
        (END.replace("target: db", "target: cache") + "}", "“cache” is redis, and `kind: end_session` is"),
        (END.replace(", target: db", "") + "}", "The key `target` is missing here."),
        (END.replace("end_session", "end_sesion") + "}", "is not one of command, end_session, flush, http, sql."),
        (END + ", offered_on: [lock]}", "There is no check “lock”. Did you mean “locks”?"),
        (END + ", verify: db lokcs}", "There is no check “lokcs”. Did you mean “locks”?"),
        (END + ", verify: dbs locks}", "There is no target or service with targets “dbs”. Did you mean “db”?"),
        (END + ", approvals: {roles: [comander]}}", "There is no role “comander”. Did you mean “commander”?"),
        (END + ", approvals: {groups: [oncall]}}", "There is no contact “oncall”. Did you mean “on-call”?"),
        (END + ", approvals: {count: 4}}", "“4” is too much: 3 is the most"),
        (END + ", approvals: {count: 0, emergency: true}}", "Nobody has to agree with `count: 0`."),
        (END + ", allowed: {roles: [boss]}}", "There is no role “boss”"),
        (END + ", allowed: {}}", "It names nobody, so that everybody may."),
        (END + ", timeout: 1h}", "It is more than 15m, which is the most."),
        (END + ", mode: kill}", "is not one of terminate, cancel"),
        (END + f", params: [{NUMBER}]}}", "There is no parameter “pid”. Add it to `params`, or drop it here."),
        (END + ", params: [{name: pid, type: text, max_length: 9}]}", "A process id is a whole number"),
        (END + ", params: [{name: pid, type: integer, from: {check: lokcs, fact: pid}}]}", "no check “lokcs”."),
        (END + ", params: [{name: pid, type: integer, from: {chek: locks, fact: pid}}]}", "Did you mean `check`?"),
        (END + ", params: [{name: pid, type: integer, form: {check: locks, fact: pid}}]}", "Did you mean `from`?"),
        (SQL + "sql: 'DELETE FROM t WHERE a = :a'}", "There is no parameter “a”."),
        (SQL + f"sql: DELETE FROM t, params: [{TEXT}]}}", "“a” is used nowhere. Use it, or drop the parameter."),
        (SQL + "sql: SELECT reset()}", "A rehearsal that is rolled back undoes only INSERT"),
        (SQL + "sql: DELETE FROM t, rehearse: DELETE FROM t}", "A rehearsal changes nothing: write a SELECT."),
        (SQL + "sql: DELETE FROM t WHERE a = $1}", "Write :name for a parameter, not $1."),
        (SQL + "sql: DELETE FROM t; DROP TABLE t}", "It is more than one statement."),
        (SQL + f"sql: DELETE FROM t, params: [{TEXT}, {TEXT}]}}", "There are two parameters “a”."),
        (RUN + "argv: []}", "`argv` is empty."),
        (RUN + "argv: [5]}", "should be text; put it in quotes"),
        (RUN + f"argv: ['{{a}}'], params: [{TEXT}]}}", "No parameter may say which program is run."),
        (RUN + "argv: [bin/go]}", "Write the program's name, or its path from the root on."),
        (RUN + "argv: [sh, -c, 'rm -r old']}", "There is no shell here"),
        (RUN + "argv: [kubectl, exec, web, --, /bin/bash, -lc, go]}", "There is no shell here"),
        (RUN + "argv: [go], rehearse: [sh, -c, go]}", "There is no shell here"),
        (RUN + "argv: [go, --token=s3cret]}", "It holds a credential"),
        (RUN + "argv: [psql, 'postgresql://ada:s3cret@db/shop']}", "It holds a credential"),
        (RUN + "argv: [go now]}", "The program is one word"),
        (RUN + "argv: [go, '{a}'], params: [{name: a, type: choice, choices: [-x]}]}", "would be an option"),
        (RUN + "argv: [go], env_from: {PATH: MUSTER_PATH}}", "It changes which program is run"),
        (RUN + "argv: [go], env_from: {BASH_ENV: MUSTER_ENV}}", "It changes which program is run"),
        (RUN + "argv: [go], env_from: {TOKEN: s3cret-itself}}", "names the setting"),
        (ASK + "body: {}}", "Write its address in `url` or `url_from`, or the target"),
        (ASK + "target: shop, url: 'https://a.example'}", "Write its address in `url` or `url_from`, or the target"),
        (ASK + "target: db}", "“db” is postgres, and `kind: http` is done to http."),
        (ASK + "target: shop, path: go}", "is not a path; write one that begins with /"),
        (ASK + f"target: shop, body: {{a: 'x {{a}}'}}, params: [{TEXT}]}}", "stands alone in its quotes"),
        (ASK + f"target: shop, body: {{'{{a}}': 1}}, params: [{TEXT}]}}", "never in a key"),
        (ASK + "target: shop, method: GET, body: {}}", "A GET has no body."),
        (ASK + "target: shop, rehearse: {body: {}}}", "A GET has no body."),
        (ASK + "target: shop, headers: {Authorization: x}}", "Holds a credential"),
        (ASK + "target: shop, headers: {Idempotency-Key: x}}", "Muster says Idempotency-Key itself."),
        (DROP + "pattern: '*'}", "It means every key there is."),
        (DROP + "pattern: 'a*', all: true}", "It does nothing with this pattern."),
        (DROP + f"pattern: 'a{{a}}*', params: [{NUMBER}, {{name: b, type: boolean}}]}}", "“b” is used nowhere."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, action: str, message: str) -> None:
    before = "  - {name: well, kind: command, does: It goes., argv: [go]}\n"
    found = faults(tmp_path, before + action + "\n")
    assert [line for line, said in found if message in said] == [2], found
    assert "s3cret" not in str(found)


@pytest.mark.parametrize(
    ("param", "message"),
    [
        ("{name: A, type: boolean}", "is not a parameter's name; write small letters"),
        ("{name: a, type: word}", "is not one of integer, number, choice, text, boolean"),
        ("{name: a, type: text}", "A text needs a limit: add `pattern`, such as [a-z0-9-]+, or `max_length`."),
        ("{name: a, type: choice}", "Nothing can be chosen: add `choices`."),
        ("{name: a, type: choice, choices: [x, x]}", "A choice stands there twice."),
        ("{name: a, type: text, pattern: '[a'}", "It is no regular expression: "),
        ("{name: a, type: text, pattern: a, min: 1}", "It does nothing with `type: text`. Drop it."),
        ("{name: a, type: integer, pattern: a}", "It does nothing with `type: integer`. Drop it."),
        ("{name: a, type: integer, min: 5, max: 4}", "It is under `min`, so that nothing is allowed."),
        ("{name: a, type: integer, min: 5, default: 4}", "`default`: “4” is too little: 5 is the least."),
        ("{name: a, type: boolean, default: [1]}", "is not a value; write a number, text, true or false"),
        ("{name: a, type: choice, choices: [x], default: y}", "`default`: “y” is not one of x."),
    ],
)
def test_a_parameter_that_makes_no_sense_is_said_with_its_line(tmp_path: Path, param: str, message: str) -> None:
    action = (
        f"  - name: go\n    kind: command\n    does: Goes.\n    argv: [go, '{{a}}']\n    params:\n      - {param}\n"
    )
    found = faults(tmp_path, action)
    assert 6 in [line for line, said in found if message in said], found


def test_two_actions_of_one_name_and_an_unknown_role_of_a_target_are_faults(tmp_path: Path) -> None:
    text = FULL.replace("name: retry", "name: Kill").replace(
        "allowed: {roles: [liaison]}", "allowed: {roles: [liason]}"
    )
    (tmp_path / "policy.yaml").write_text(text)
    with pytest.raises(PolicyFault) as caught:
        read_policy(tmp_path)
    found = {fault.line: fault.message for fault in caught.value.faults}
    assert "“Kill” already means “end-session”" in found[line_of("name: Kill", text)]
    assert "There is no role “liason”. Did you mean “liaison”?" in found[line_of("allowed: {roles: [liason", text)]


QUOTED = "SELECT ':a', \":b\", $$:c$$, E'\\':d' -- :e\n/* :f */"


@pytest.mark.parametrize(
    ("sql", "bound", "names"),
    [
        ("UPDATE t SET a = :b WHERE c = :d OR e = :b;", "UPDATE t SET a = $1 WHERE c = $2 OR e = $1", ["b", "d"]),
        ("DELETE FROM t WHERE a::text = :a::text", "DELETE FROM t WHERE a::text = $1::text", ["a"]),
        (QUOTED, QUOTED, []),
    ],
)  # fmt: skip
def test_names_are_numbered_and_quotes_left_alone(sql: str, bound: str, names: Sequence[Any]) -> None:
    statement = parse_statement(sql)
    assert statement.sql == bound
    assert list(statement.names) == names
    assert not statement.several
