"""Changes of a git checkout: when it moved to another commit, or the commits of a branch."""

import shlex
from datetime import UTC, datetime
from pathlib import PurePosixPath

from bot.diagnostics import process, redact
from bot.diagnostics.checks.deploys.changes import Change, Found
from bot.diagnostics.target import Target
from bot.policy.targets.deploys import DeploysTarget, Of

#: Changes that are read, and bytes of them.
MOST = 200
_MOST_BYTES = 1024 * 1024
_FIELDS = 5
#: It ends somewhat before its check would, so that why can be said.
_OF_ITS_TIME = 0.9

#: Whoever may write to the checkout may write its settings: none of them may have git run another program.
_SAFE = (
    "safe.directory=*",  # the pack names it, so it may belong to somebody else
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.pager=cat",
    "log.showSignature=false",
    "protocol.allow=never",
)
_ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}


class GitFailed(Exception):
    """Git could not tell. The message is what it said, safe to show."""


async def read(target: Target) -> Found:
    """The newest changes of a checkout.

    Raises:
        NotRun: there is no git here.
        TimedOut: it took too long.
        GitFailed: it is no checkout, or has no such branch.
    """
    options: DeploysTarget = target.options
    argv = command(options)
    # Without it, a folder within another checkout would pass for that.
    above = {"GIT_CEILING_DIRECTORIES": str(PurePosixPath(str(options.git)).parent)}
    timeout_s = target.check_timeout_s * _OF_ITS_TIME
    finished = await process.run(argv, timeout_s=timeout_s, most_bytes=_MOST_BYTES, env=_ENVIRONMENT | above)
    if finished.status != 0:
        first = finished.stderr.decode("utf-8", "replace").partition("\n")[0].removeprefix("fatal: ")
        raise GitFailed(redact.text(first, most=200).rstrip(".") or f"git ended with status {finished.status}")
    changes = parse(finished.stdout, options.of)
    return Found(
        changes=sorted(changes, key=lambda change: change.at, reverse=True),
        more=len(changes) >= MOST or finished.cut,
        ran=shlex.join(argv),
        took_ms=finished.took_s * 1000,
    )


def command(options: DeploysTarget) -> list[str]:
    """What is run."""
    moved = options.of is Of.DEPLOYMENTS
    # A move's own time, name and subject stand in the reflog, not in its commit.
    fields = ("%H", "%gd", "%gn", "%gs", "%s") if moved else ("%H", "%ct", "%an", "", "%s")
    return [
        *("git", "--no-pager", "-C", str(options.git)),
        *(part for setting in _SAFE for part in ("-c", setting)),
        *("log", *(["--walk-reflogs"] if moved else []), "-z", f"--max-count={MOST}", "--no-patch"),
        *("--no-show-signature", "--no-color", "--no-mailmap", "--encoding=UTF-8", "--date=unix"),
        *(f"--format={'%x00'.join(fields)}", *([options.branch] if options.branch else []), "--"),
    ]


def parse(output: bytes, of: Of) -> list[Change]:
    """The changes in git's answer; one that was cut off in its middle is left out."""
    parts = output.decode("utf-8", "replace").split("\0")[:-1]  # each ends with one
    changes = []
    for start in range(0, len(parts) - _FIELDS + 1, _FIELDS):
        version, when, who, move, subject = parts[start : start + _FIELDS]
        seconds = when.partition("@{")[2].rstrip("}") if of is Of.DEPLOYMENTS else when
        if seconds.isdigit():
            # Of a commit that was made here, the move says the subject already.
            what = move if move.endswith(subject) else f"{move}: {subject}" if move else subject
            changes.append(Change(at=datetime.fromtimestamp(int(seconds), UTC), what=what, who=who, version=version))
    return changes
