"""A log line: one for each record, labelled with what it is about, without words and secrets."""

import asyncio
import logging

import pytest

from bot.application import logs
from bot.cli.logs import LogFormat, trouble
from bot.settings import SettingsFault, read_settings
from tests.support.logs import logged

REF = "INC-2026-01-31-001"
LOG = logging.getLogger("bot.jobs.delivery")


def test_a_line_of_text_shows_the_reference_first_and_then_the_rest() -> None:
    with logged(LogFormat.TEXT) as written, logs.about(lane="3:room"):
        logs.note(incident=REF, outbox=41)
        LOG.warning("put off for %.1f s: %s", 2, "ratelimited")
    time, rest = written.text.split(" ", 1)
    assert time.endswith("Z")
    assert rest == f"WARNING bot.jobs.delivery: [{REF} outbox=41 lane=3:room] put off for 2.0 s: ratelimited\n"


def test_a_line_of_json_has_a_field_for_each_and_none_for_what_is_not_known() -> None:
    with logged() as written, logs.about(timer="update"):
        LOG.info("rang")
    [record] = written.records
    assert record.pop("time").endswith("Z")
    assert record == {"level": "INFO", "logger": "bot.jobs.delivery", "message": "rang", "timer": "update"}


def test_what_is_noted_is_forgotten_at_the_end_of_the_work_and_kept_apart_from_other_work() -> None:
    async def work(ref: str, both: asyncio.Barrier) -> None:
        with logs.about():
            logs.note(incident=ref)
            await both.wait()
            LOG.info("at work")
        LOG.info("done")

    async def side_by_side() -> None:
        both = asyncio.Barrier(2)
        await asyncio.gather(work("INC-1", both), work("INC-2", both))

    with logged() as written:
        asyncio.run(side_by_side())
        logs.note(incident=REF)
        LOG.info("outside")
    assert sorted(str(one.get("incident")) for one in written.about(message="at work")) == ["INC-1", "INC-2"]
    assert not any("incident" in one for one in written.records if one["message"] != "at work")


def test_a_task_that_is_started_in_a_piece_of_work_belongs_to_it() -> None:
    async def later() -> None:
        LOG.info("later")

    async def work() -> None:
        with logs.about(incident=REF):
            task = asyncio.create_task(later())
        await task

    with logged() as written:
        asyncio.run(work())
    assert [one["incident"] for one in written.records] == [REF]


@pytest.mark.parametrize("form", LogFormat)
def test_a_failure_is_written_with_where_and_why_and_without_anybodys_words(form: LogFormat) -> None:
    words = "Somebody was harassed"
    with logged(form) as written:
        try:
            try:
                int(words)
            except ValueError as error:
                raise RuntimeError(f"no such row\nDETAIL: Failing row contains ({words})") from error
        except RuntimeError:
            LOG.exception("job failed")
    assert "harassed" not in written.text
    assert "RuntimeError: no such row" in written.text
    assert "ValueError: invalid literal for int() with base 10: " in written.text
    assert "test_logs.py" in written.text
    if form is LogFormat.JSON:
        [record] = written.records
        assert record["message"] == "job failed"
        assert record["exc_info"].startswith("RuntimeError")


@pytest.mark.parametrize(
    "said",
    [
        "invalid input for query argument $1: 'Somebody was harassed by th... ('utf-8' codec can't encode)",
        "no such title: " + repr('Somebody\'s "friend" was harassed'),
        "no such title: " + repr("It is a long story " * 30 + "harassed"),
        "no such title: “Somebody was harassed",
    ],
    ids=["cut by a library", "with both kinds of quotes", "longer than a line", "without an end"],
)
def test_words_in_quotes_are_taken_out_wherever_the_quotes_end(said: str) -> None:
    told = trouble(ValueError(said))
    assert "harassed" not in told
    assert "story" not in told
    assert told.startswith(f"ValueError: {said[:10]}")


def test_names_in_quotes_and_apostrophes_stay() -> None:
    said = "the users' row 'state' can't have \"at\": it's None"
    assert trouble(ValueError(said)) == f"ValueError: {said}"


def test_every_failure_of_a_group_is_told() -> None:
    told = trouble(ExceptionGroup("two", [ValueError("first"), ExceptionGroup("inner", [KeyError("second")])]))
    assert "ValueError: first" in told
    assert "KeyError: 'second'" in told
    assert trouble(ValueError()) == "ValueError"


def test_a_line_stays_a_line_and_a_secret_stays_secret() -> None:
    with logged(LogFormat.TEXT) as written:
        LOG.warning("said:\r\nBearer abcdef123456 and xoxb-123456789012-abcdef, postgresql://me:pw@db/x")
    assert written.text.count("\n") == 1
    for secret in ("abcdef123456", "xoxb-1", "me:pw"):
        assert secret not in written.text


def test_libraries_do_not_write_whole_requests_down_however_much_we_say_ourselves() -> None:
    with logged(level="DEBUG") as written:
        logging.getLogger("slack_sdk.web").debug("Sending a request - body: harassed")
        LOG.debug("ours")
    assert [one["message"] for one in written.records] == ["ours"]
    with logged(level="WARNING") as written:
        logging.getLogger("slack_sdk.web").info("chatter")
        LOG.info("recorded")
        LOG.warning("put off")
    assert [one["message"] for one in written.records] == ["put off"]


def test_format_and_level_are_settings_however_they_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read_settings(_env_file=None)
    assert (settings.muster_log_format, settings.muster_log_level) == ("text", "INFO")
    monkeypatch.setenv("MUSTER_LOG_FORMAT", "JSON")
    monkeypatch.setenv("MUSTER_LOG_LEVEL", "debug")
    settings = read_settings(_env_file=None)
    assert (settings.muster_log_format, settings.muster_log_level) == ("json", "DEBUG")
    monkeypatch.setenv("MUSTER_LOG_LEVEL", "loud")
    with pytest.raises(SettingsFault, match="MUSTER_LOG_LEVEL has to be 'DEBUG', 'INFO', 'WARNING' or 'ERROR'"):
        read_settings(_env_file=None)
