import gc
import os
from pathlib import Path

import pytest

from bot.runbooks import catalogue as module
from bot.runbooks.catalogue import Catalogue
from bot.runbooks.clues import Clues, clues_of
from bot.runbooks.load import LARGEST_FILE, Loaded, load_runbook
from bot.runbooks.runbook import Runbook


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    write(
        tmp_path / "slow-queries.md", "---\ntitle: Slow queries\nalerts: [HighLatency]\ntags: [database]\n---\nText.\n"
    )
    write(
        tmp_path / "queue-backlog.md",
        "---\nservices: [mail]\nsymptoms: [queue is growing]\n---\n# The queue backs up\n",
    )
    write(tmp_path / "db" / "Restore.md", "# Restore a backup\n")
    write(tmp_path / "README.md", "# About\n")
    write(tmp_path / ".drafts" / "a.md", "# Draft\n")
    write(tmp_path / "notes.txt", "no runbook")
    return tmp_path


def test_every_markdown_file_is_a_runbook_however_deep(pack: Path) -> None:
    assert [runbook.name for runbook in Catalogue([pack]).list()] == ["db/Restore", "queue-backlog", "slow-queries"]


@pytest.mark.parametrize("typed", ["slow-queries", "Slow Queries", "SLOWQUERIES", " slow_queries "])
def test_a_runbook_is_found_as_people_say_it(pack: Path, typed: str) -> None:
    found = Catalogue([pack]).find(typed)
    assert found is not None
    assert found.name == "slow-queries"


@pytest.mark.parametrize("typed", ["restore", "db/restore", "restore a backup"])
def test_a_runbook_is_found_by_its_name_its_files_name_and_its_title(pack: Path, typed: str) -> None:
    found = Catalogue([pack]).find(typed)
    assert found is not None
    assert found.title == "Restore a backup"


def test_what_is_unknown_is_answered_with_the_nearest(pack: Path) -> None:
    catalogue = Catalogue([pack])
    assert catalogue.find("slow querys") is None
    assert catalogue.find("…") is None
    assert catalogue.nearest("slow querys") == "slow-queries"
    assert catalogue.nearest("restore backup") == "db/Restore"
    assert catalogue.nearest("xyzzy") is None


def test_an_edit_a_new_file_and_a_deletion_are_seen_without_a_restart(pack: Path) -> None:
    catalogue = Catalogue([pack])
    before = catalogue.find("slow-queries")
    write(pack / "slow-queries.md", "# Slower queries\n")
    write(pack / "new.md", "# New\n")
    (pack / "queue-backlog.md").unlink()
    after = catalogue.find("slow-queries")
    assert before is not None
    assert after is not None
    assert after.title == "Slower queries"
    assert after.digest != before.digest
    assert [runbook.name for runbook in catalogue.list()] == ["db/Restore", "new", "slow-queries"]


def test_an_edit_of_the_same_length_is_seen(pack: Path) -> None:
    catalogue = Catalogue([pack])
    catalogue.list()
    path = pack / "db" / "Restore.md"
    modified = path.stat().st_mtime_ns
    write(path, "# Restore a bikini\n")
    os.utime(path, ns=(modified, modified + 1_000_000))
    found = catalogue.find("restore")
    assert found is not None
    assert found.title == "Restore a bikini"


def test_a_file_that_did_not_change_is_not_read_again(pack: Path) -> None:
    catalogue = Catalogue([pack])
    first = catalogue.list()
    assert all(one is two for one, two in zip(first, catalogue.list(), strict=True))


def test_the_earlier_directorys_runbook_counts(tmp_path: Path) -> None:
    write(tmp_path / "ours" / "slow-queries.md", "# Ours\n")
    write(tmp_path / "default" / "Slow_Queries.md", "# Theirs\n")
    write(tmp_path / "default" / "other.md", "# Other\n")
    catalogue = Catalogue([tmp_path / "ours", tmp_path / "default", tmp_path / "absent"])
    assert [runbook.title for runbook in catalogue.list()] == ["Other", "Ours"]
    assert catalogue.faults() == ()


def test_two_files_of_one_name_are_reported(tmp_path: Path) -> None:
    write(tmp_path / "slow-queries.md", "# One\n")
    write(tmp_path / "slow_queries.md", "# Two\n")
    (fault,) = Catalogue([tmp_path]).faults()
    assert fault.message == "It is called like slow-queries.md. Rename one of the two."


def test_a_file_that_is_too_large_is_left_out_and_reported(pack: Path) -> None:
    write(pack / "huge.md", "# Huge\n" + "x" * LARGEST_FILE)
    catalogue = Catalogue([pack])
    assert len(catalogue.list()) == 3
    (fault,) = catalogue.faults()
    assert fault.file == str(pack / "huge.md")
    assert "larger than 1024 KiB" in fault.message


def test_more_files_than_a_library_has_are_left_out_and_reported(pack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_FILES", 2)
    catalogue = Catalogue([pack])
    assert len(catalogue.list()) == 2
    assert "more than 2 runbooks" in catalogue.faults()[0].message


def test_a_link_in_a_circle_ends(pack: Path) -> None:
    (pack / "db" / "round").symlink_to(pack, target_is_directory=True)
    (pack / "dangling.md").symlink_to(pack / "nowhere.md")
    assert len(Catalogue([pack]).list()) == 3


def test_the_alerts_own_runbook_comes_first_with_its_reason(pack: Path) -> None:
    suggested = Catalogue([pack]).suggest("the queue is growing", alert="high_latency")
    assert [(s.runbook.name, s.reasons) for s in suggested] == [
        ("slow-queries", ("alert HighLatency",)),
        ("queue-backlog", ("mentions “queue is growing”",)),
    ]


def test_a_service_counts_by_itself(pack: Path) -> None:
    ((runbook, reasons),) = Catalogue([pack]).suggest("", service="Mail")
    assert (runbook.name, reasons) == ("queue-backlog", ("service mail",))


def test_words_in_common_are_quoted_as_they_were_written(pack: Path) -> None:
    ((runbook, reasons),) = Catalogue([pack]).suggest("Very slow Query on the Database")
    assert runbook.name == "slow-queries"
    assert reasons == ("mentions “Query”", "mentions “slow”", "mentions “Database”")


def test_nothing_in_common_suggests_nothing(pack: Path) -> None:
    assert Catalogue([pack]).suggest("Login page is blank") == []


def test_a_search_looks_into_the_text(pack: Path) -> None:
    ((runbook, reasons),) = Catalogue([pack]).search("Text")
    assert (runbook.name, reasons) == ("slow-queries", ("mentions “Text”",))


def test_an_edit_is_seen_in_what_is_suggested_and_found(pack: Path) -> None:
    catalogue = Catalogue([pack])
    assert catalogue.suggest("certificate") == catalogue.search("certificate") == []
    write(pack / "slow-queries.md", "# Renew a certificate\n")
    assert [one.runbook.name for one in catalogue.suggest("certificate")] == ["slow-queries"]
    assert [one.runbook.name for one in catalogue.search("certificate")] == ["slow-queries"]
    (pack / "slow-queries.md").unlink()
    assert catalogue.suggest("certificate") == catalogue.search("certificate") == []


def test_what_a_runbook_may_be_found_by_is_read_once_for_each_version(
    pack: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    def noted(runbook: Runbook) -> Clues:
        read.append(runbook.name)
        return clues_of(runbook)

    monkeypatch.setattr(module, "clues_of", noted)
    catalogue = Catalogue([pack])
    for _ in range(3):
        catalogue.suggest("anything")
        catalogue.search("anything")
    assert sorted(read) == ["db/Restore", "queue-backlog", "slow-queries"]
    write(pack / "db" / "Restore.md", "# Restore it all\n")
    catalogue.suggest("anything")
    assert read[3:] == ["db/Restore"]


def test_a_file_that_cannot_be_read_is_reported_and_the_others_are_there(pack: Path) -> None:
    (pack / "round.md").symlink_to(pack / "round.md")
    (pack / "folder.md").mkdir()
    catalogue = Catalogue([pack])
    assert len(catalogue.list()) == 3
    (fault,) = catalogue.faults()
    assert fault.file == str(pack / "round.md")
    assert "cannot be read" in fault.message


def test_looking_for_garbage_rests_while_files_are_read_and_then_goes_on_as_before(
    pack: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bool] = []

    def load(path: Path, *, name: str) -> Loaded:
        seen.append(gc.isenabled())
        return load_runbook(path, name=name)

    monkeypatch.setattr(module, "load_runbook", load)
    gc.enable()
    Catalogue([pack]).list()
    assert gc.isenabled()
    gc.disable()
    try:
        Catalogue([pack]).list()
        assert not gc.isenabled()
    finally:
        gc.enable()
    assert seen == [False] * 6
