"""A program that is absent is a skip by name, and a failure where nothing may be skipped."""

import sys

import pytest

from tests.support.needs import needs


def test_a_program_that_is_here_is_found() -> None:
    assert needs(sys.executable) == sys.executable


def test_an_absent_program_skips_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REQUIRE_ALL", raising=False)
    with pytest.raises(pytest.skip.Exception, match="needs no-such-program"):
        needs("no-such-program")


def test_an_absent_program_fails_when_everything_is_required(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUIRE_ALL", "1")
    with pytest.raises(pytest.fail.Exception, match="needs no-such-program"):
        needs("no-such-program")
