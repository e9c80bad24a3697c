"""What changed in a real git checkout, also in one whose settings are hostile."""

import contextlib
import os
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.diagnostics.result import Report, Verdict
from tests.support.needs import needs
from tests.support.targets import NOW, a_target, asked, by_check


class Repository:
    """A checkout that is made for a test."""

    def __init__(self, folder: Path) -> None:
        self.git, self.folder = needs("git"), folder
        folder.mkdir(exist_ok=True)
        self.does("init", "--quiet", "--initial-branch=main")

    def does(self, *args: str, stdin: str = "", **env: str) -> str:
        environment = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": "/dev/null", "HOME": str(self.folder), **env}
        command = [self.git, "-C", str(self.folder), *args]
        done = subprocess.run(command, input=stdin, env=environment, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def commit(self, message: str, *, ago: timedelta, who: str = "Ann", written: timedelta | None = None) -> str:
        """Its id. `ago` is when it came here, `written` when its author wrote it."""

        def when(age: timedelta) -> str:
            return f"@{(NOW - age).timestamp():.0f} +0000"

        self.does(
            *("commit", "--quiet", "--allow-empty", "-m", message),
            **{f"GIT_{role}_NAME": who for role in ("AUTHOR", "COMMITTER")},
            **{f"GIT_{role}_EMAIL": "ann.secret@example.com" for role in ("AUTHOR", "COMMITTER")},
            GIT_COMMITTER_DATE=when(ago),
            GIT_AUTHOR_DATE=when(written or ago),
        )
        return self.does("rev-parse", "HEAD")

    async def found(self, **section: Any) -> Report:
        return await asked(a_target("deploys", git=str(self.folder), **section))


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "shop")


async def test_commits_of_the_last_hours_are_shown_and_a_fresh_one_is_a_likely_cause(repository: Repository) -> None:
    repository.commit("Begin", ago=timedelta(days=3))
    before = repository.commit("Cache prices", ago=timedelta(hours=2), who="Bob")
    latest = repository.commit("Add discount codes\n\nAt length.", ago=timedelta(minutes=14))
    report = await repository.found(of="commits")
    results = by_check(report)
    assert [result.verdict for result in report.results] == [Verdict.OK, Verdict.WARN]
    changes = results["changes"]
    assert changes.explanation == (
        f"2 commits in the last 6 h, the latest 14 min ago by Ann ({latest[:10]}): Add discount codes."
    )
    assert changes.next_step.startswith("See whether it began with this change.")
    assert before[:10] in changes.next_step
    assert changes.rows is not None
    assert changes.rows.rows == (
        ("2026-03-01 02:46:00", "Add discount codes", "Ann", latest[:10]),
        ("2026-03-01 01:00:00", "Cache prices", "Bob", before[:10]),
    )
    assert changes.facts == {"latest": latest, "previous": before}
    assert (changes.value, changes.unit) == (2, "commits")
    assert changes.ran == results["reachability"].ran
    assert changes.ran.startswith(f"git --no-pager -C {repository.folder} -c ")
    assert "example.com" not in str(report.to_dict())


async def test_a_deploy_is_when_the_checkout_moved(repository: Repository) -> None:
    old = repository.commit("Begin", ago=timedelta(days=9))
    repository.commit("Add discount codes", ago=timedelta(days=8))
    moved = {"GIT_COMMITTER_NAME": "deploy", "GIT_COMMITTER_EMAIL": "deploy@example.com"}
    moment = f"@{(NOW - timedelta(minutes=5)).timestamp():.0f} +0000"
    repository.does("checkout", "--quiet", "--detach", old, **moved, GIT_COMMITTER_DATE=moment)
    changes = by_check(await repository.found())["changes"]
    assert changes.verdict is Verdict.WARN
    assert changes.explanation.startswith(
        f"1 deploy in the last 6 h, the latest 5 min ago by deploy ({old[:10]}): check"
    )
    assert changes.facts["latest"] == old


async def test_an_older_change_is_no_likely_cause(repository: Repository) -> None:
    repository.commit("Begin", ago=timedelta(hours=5))
    changes = by_check(await repository.found(of="commits"))["changes"]
    assert (changes.verdict, changes.value, changes.next_step) == (Verdict.OK, 1, "")
    none = by_check(await repository.found(of="commits", within="1h"))["changes"]
    assert (none.verdict, none.value, none.rows) == (Verdict.OK, 0, None)
    assert none.explanation.startswith("No commit in the last 60 min, the latest 5 h ago by Ann")
    assert none.facts["latest"]


async def test_the_time_in_which_a_change_is_a_likely_cause_may_be_another(repository: Repository) -> None:
    repository.commit("Begin", ago=timedelta(hours=5))
    changes = by_check(await repository.found(of="commits", suspect="5h", next_step="Call Ann."))["changes"]
    assert (changes.verdict, changes.next_step) == (Verdict.WARN, "Call Ann.")
    assert changes.threshold == "warn at one in the last 5 h"


async def test_a_branch_may_be_looked_at_that_is_not_checked_out(repository: Repository) -> None:
    repository.commit("Begin", ago=timedelta(days=3))
    repository.does("branch", "release/2")
    repository.commit("On main", ago=timedelta(hours=1))
    changes = by_check(await repository.found(of="commits", branch="release/2"))["changes"]
    assert changes.value == 0
    report = await repository.found(of="commits", branch="nowhere")
    assert by_check(report)["reachability"].verdict is Verdict.ERROR
    assert by_check(report)["reachability"].explanation == "Git refused: bad revision 'nowhere'."


async def test_many_commits_are_read_up_to_a_bound(repository: Repository) -> None:
    begun = (NOW - timedelta(minutes=300)).timestamp()
    made = "".join(
        f"commit refs/heads/main\ncommitter A <a@b.example> {begun + 60 * n:.0f} +0000\ndata 4\n{n:04}\n"
        for n in range(250)
    )
    repository.does("fast-import", "--quiet", stdin=made)
    changes = by_check(await repository.found(of="commits"))["changes"]
    assert changes.explanation.startswith("200 or more commits in the last 6 h, the latest 51 min ago by A")
    assert changes.rows is not None
    assert (len(changes.rows.rows), changes.rows.left_out) == (20, 180)


async def test_what_somebody_wrote_into_a_commit_is_redacted(repository: Repository) -> None:
    subject = "Set token=hunter2hunter2 for ann@example.com"
    repository.commit(subject, ago=timedelta(minutes=1), who="ann@example.com")
    report = await repository.found(of="commits")
    assert by_check(report)["changes"].verdict is Verdict.WARN
    assert not [word for word in ("hunter2", "example.com") if word in str(report.to_dict())]


async def test_a_checkout_s_own_settings_have_git_run_nothing(repository: Repository, tmp_path: Path) -> None:
    repository.commit("Begin", ago=timedelta(minutes=1))
    commit = repository.does("cat-file", "commit", "HEAD")
    signed = commit.replace("\n\n", "\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n -----END PGP SIGNATURE-----\n\n", 1)
    made = repository.does("hash-object", "-t", "commit", "-w", "--stdin", stdin=signed + "\n")
    repository.does("update-ref", "refs/heads/main", made)
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n")
    trap.chmod(0o755)
    for name in ("gpg.program", "core.fsmonitor", "core.pager", "core.sshCommand", "diff.external", "pager.log"):
        repository.does("config", name, str(trap))
    for name in ("log.showSignature", "log.mailmap"):
        repository.does("config", name, "true")
    repository.does("config", "core.hooksPath", str(tmp_path))
    assert by_check(await repository.found(of="commits"))["changes"].facts["latest"] == made
    assert not (tmp_path / "sprung").exists()
    repository.does("log")  # the trap would have sprung
    assert (tmp_path / "sprung").exists()


async def test_a_checkout_may_belong_to_somebody_else(repository: Repository) -> None:
    repository.commit("Begin", ago=timedelta(minutes=1))
    with contextlib.suppress(PermissionError):  # only root may give things away
        for path in (repository.folder, repository.folder / ".git"):
            os.chown(path, 1, 1)
    assert by_check(await repository.found(of="commits"))["changes"].verdict is Verdict.WARN


async def test_a_folder_that_is_no_checkout_is_said_to_be_that(repository: Repository) -> None:
    within = repository.folder / "public"
    within.mkdir()
    for folder, said in ((within, "not a git repository"), (repository.folder / "gone", "No such file or directory")):
        result = by_check(await asked(a_target("deploys", git=str(folder))))["reachability"]
        assert result.verdict is Verdict.ERROR
        assert result.explanation.startswith("Git refused: ")
        assert said in result.explanation
        assert result.ran.startswith("git ")


async def test_a_checkout_without_commits_or_without_a_reflog_has_nothing_to_say(repository: Repository) -> None:
    empty = by_check(await repository.found())["reachability"]
    assert empty.explanation == "Git refused: your current branch 'main' does not have any commits yet."
    repository.does("config", "core.logAllRefUpdates", "false")
    repository.commit("Begin", ago=timedelta(minutes=1))
    changes = by_check(await repository.found())["changes"]
    assert (changes.verdict, changes.explanation) == (Verdict.NO_DATA, "It knows of no deploy at all.")
    assert "of: commits" in changes.next_step


async def test_where_there_is_no_git_that_is_said(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(repository.folder))
    result = by_check(await repository.found())["reachability"]
    assert (result.verdict, result.explanation) == (Verdict.ERROR, "Git was not run: there is no git in the PATH.")


async def test_a_git_that_hangs_is_stopped(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    hanging = repository.folder / "git"
    hanging.write_text("#!/bin/sh\nexec /bin/sleep 600\n")
    hanging.chmod(0o755)
    monkeypatch.setenv("PATH", str(repository.folder))
    result = by_check(await repository.found(check_timeout=0.2))["reachability"]
    assert result.explanation == "Git was stopped: it did not end within 0.18 s."
