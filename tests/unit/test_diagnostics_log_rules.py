"""Logs as targets of the policy: what cannot work is refused, with what to write instead."""

from datetime import timedelta
from typing import Any

import pytest

from bot.policy.targets.logs import LogFilesTarget, LokiTarget, PatternRule

FILES = {"kind": "log_files", "name": "it", "paths": ["/var/log/app.log"]}
LOKI = {"kind": "loki", "name": "it", "url": "http://host", "selector": '{app="a"}'}
PATTERN = {"name": "a", "match": "b"}


@pytest.mark.parametrize(
    ("pattern", "key", "says"),
    [
        ({"warn": 5, "critical": 2}, "critical", "swap the two"),
        ({"within": "30s"}, "within", "from 1m to 1d"),
        ({"within": "2d"}, "within", "from 1m to 1d"),
        ({"name": "reachability"}, "name", "There is a check “reachability” already."),
        ({"match": "(", "regex": True}, "match", "is no regular expression"),
        ({"match": "(?=a)b", "regex": True}, "match", "looks around or back"),
        ({"match": r"(a)\1", "regex": True}, "match", "looks around or back"),
        ({"match": "(a+)+b", "regex": True}, "match", "may take for ever"),
        ({"match": "(a|a)*b", "regex": True}, "match", "may take for ever"),
    ],
)
@pytest.mark.parametrize("section", [FILES, LOKI])
def test_a_pattern_that_makes_no_sense_is_refused_with_advice(
    section: dict[str, Any], pattern: dict[str, Any], key: str, says: str
) -> None:
    kind = LokiTarget if section is LOKI else LogFilesTarget
    ((where, message),) = kind.model_validate(section | {"patterns": [PATTERN | pattern]}).wrong()
    assert where == ("patterns", 0, key)
    assert says in message


@pytest.mark.parametrize("match", ["(a|b) failed", r"order \d+ .* ms$", r"foo\(a+\)+", "(?i)error", "(ab)+"])
def test_ordinary_expressions_are_well(match: str) -> None:
    assert not list(PatternRule(name="a", match=match, regex=True).wrong())


@pytest.mark.parametrize(
    ("section", "where"),
    [
        ({"selector": "app=a"}, ("selector",)),
        ({"selector": '{app="a"} |= "x"'}, ("selector",)),
        ({"selector": '{app=~".*"}'}, ("selector",)),
        ({"selector": '{app!="a"}'}, ("selector",)),
        ({"selector": '{app=""}'}, ("selector",)),
        ({"selector": "{}"}, ("selector",)),
        ({"tenant": "a\nb"}, ("tenant",)),
        ({"username_from": "MUSTER_U"}, ("username_from",)),
        ({"bearer_from": "MUSTER_T", "username_from": "MUSTER_U", "password_from": "MUSTER_P"}, ("bearer_from",)),
        ({"url_from": "MUSTER_URL"}, ("url",)),
    ],
)
def test_a_loki_that_cannot_be_asked_is_refused(section: dict[str, Any], where: tuple[str, ...]) -> None:
    found = list(LokiTarget.model_validate(LOKI | {"patterns": [PATTERN]} | section).wrong())
    assert [place for place, _ in found] == [where]


@pytest.mark.parametrize("selector", ['{app=~".+"}', '{ app = "a" , pod!~"b.*", }', "{app=`a`}", '{app="a,\\"}"}'])
def test_a_selector_that_loki_takes_is_well(selector: str) -> None:
    assert not list(LokiTarget.model_validate(LOKI | {"patterns": [PATTERN], "selector": selector}).wrong())


@pytest.mark.parametrize(
    ("section", "where"),
    [
        ({"paths": ["/proc/kmsg"]}, ("paths", 0)),
        ({"paths": ["/var/log/../../etc/passwd"]}, ("paths", 0)),
        ({"time_pattern": "("}, ("time_pattern",)),
        ({"time_pattern": "^x"}, ("time_pattern",)),
        ({"time_format": "epoch"}, ("time_format",)),
        ({"time_pattern": "^(x)", "time_format": "soon"}, ("time_format",)),
        ({"time_pattern": "^(x)", "time_format": "%Y"}, ("time_format",)),
    ],
)
def test_files_that_cannot_be_read_so_are_refused(section: dict[str, Any], where: tuple[str | int, ...]) -> None:
    found = list(LogFilesTarget.model_validate(FILES | {"patterns": [PATTERN]} | section).wrong())
    assert [place for place, _ in found] == [where]


def test_a_window_is_a_quarter_of_an_hour_unless_the_pack_says_otherwise() -> None:
    assert PatternRule(name="a", match="b").within == timedelta(minutes=15)
