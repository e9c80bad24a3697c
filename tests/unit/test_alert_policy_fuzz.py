"""Whatever stands in a policy's section `alerts`, it is a policy or faults with their lines, and never an error."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.domain.alert_rules import AlertRules
from bot.policy.faults import Fault, PolicyFault
from bot.policy.read import read_policy
from tests.unit.full_policy import FULL
from tests.unit.test_alert_policy import ALERTS

_REST: dict[str, Any] = yaml.safe_load(FULL)
#: As the file has it, dates and times among it: what YAML's own types make of these is not what is read.
_ALERTS: dict[str, Any] = yaml.load(ALERTS, Loader=yaml.BaseLoader)["alerts"]
_ALERTS["flapping"]["changes"] = 6
_words = st.sampled_from(
    ["P1", "on-call", "checkout", "15m", "0s", "90h", "declare", "business", "2026-12-05T22:00Z", "2026-02-30T10:00Z",
     "9999-12-31T23:59-23:59", "0000-01-01T00:00Z", "24:00", "03:00", "$.x", "$[?@.a>1]", "$..[", "*", "[!", "[a-", "",
     " ", "null", "yes", "datadog", "generic", "title", "MUSTER_URL", "ops@example.com", "mon", "\u0661h", "ü", "all"]
)  # fmt: skip
_scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), _words, st.text(st.characters(codec="utf-8"), max_size=20)
)
_garbage = st.recursive(
    _scalars, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_words, inner, max_size=3)),
    max_leaves=6,
)  # fmt: skip
_fuzzed = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)


def _places(value: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place, *(found for step, item in inner for found in _places(item, (*place, step)))]


def _policy_or_faults(directory: Path, text: str) -> None:
    path = directory / "policy.yaml"
    path.write_text(text, encoding="utf-8")
    found: list[Fault] = []
    try:
        assert isinstance(read_policy(directory).alerts, AlertRules)
    except PolicyFault as error:
        found = error.faults or [Fault("nothing was said", 0, "")]
    for fault in found:
        assert fault.file == str(path)
        assert 1 <= fault.line <= text.count("\n") + 1
        assert fault.message.isprintable()


def test_what_is_put_wrong_is_right_before(tmp_path: Path) -> None:
    text = yaml.safe_dump({**_REST, "alerts": _ALERTS}, allow_unicode=True, sort_keys=False)
    (tmp_path / "policy.yaml").write_text(text, encoding="utf-8")
    assert read_policy(tmp_path).alerts.tell_back


@_fuzzed
@given(place=st.sampled_from(_places(_ALERTS)[1:]), garbage=_garbage, beside=st.booleans())
@example(place=("rules", 1, "when", "labels", "region"), garbage="\x1f", beside=True)
def test_whatever_stands_at_a_key_it_is_a_policy_or_faults_with_lines(
    tmp_path: Path, place: tuple[Any, ...], garbage: Any, beside: bool
) -> None:
    inside = whole = deepcopy(_ALERTS)
    for step in place[:-1]:
        inside = inside[step]
    if beside and isinstance(inside, dict):
        inside[str(garbage)[:30]] = garbage
    else:
        inside[place[-1]] = garbage
    text = yaml.safe_dump({**_REST, "alerts": whole}, allow_unicode=True, sort_keys=False)
    _policy_or_faults(tmp_path, text)


@_fuzzed
@given(_garbage)
def test_whatever_the_section_is_it_is_a_policy_or_faults_with_lines(tmp_path: Path, garbage: Any) -> None:
    text = yaml.safe_dump({**_REST, "alerts": garbage}, allow_unicode=True, sort_keys=False)
    _policy_or_faults(tmp_path, text)


_typed = st.sampled_from([*ALERTS.split(), "[", "]", "{", "}", ": ", "- ", "\n", "\n  ", "&a ", "*a", "|", "'", "null"])


@_fuzzed
@given(st.integers(0, len(ALERTS)), st.integers(0, 60), st.lists(_typed, max_size=6))
def test_any_slip_of_the_keyboard_is_a_policy_or_faults(tmp_path: Path, at: int, gone: int, typed: list[str]) -> None:
    _policy_or_faults(tmp_path, FULL + ALERTS[:at] + " ".join(typed) + ALERTS[at + gone :])
