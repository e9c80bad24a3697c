"""What `muster review` was asked to do: to show the review, unless something else was said."""

from dataclasses import dataclass
from pathlib import Path

from bot.cli import review_writing, reviewing
from bot.cli.acting import act, me
from bot.cli.outcome import USAGE, run, stop
from bot.cli.records import put
from bot.domain import commands as c


@dataclass(frozen=True, slots=True, kw_only=True)
class Show:
    """How the review is shown."""

    written_as: str = "md"
    out: Path | None = None
    version: int | None = None
    fresh: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is done in place of showing it: one of these."""

    edit: bool = False
    taken_from: str | None = None
    history: bool = False
    diff: tuple[int, int] | None = None
    write: bool = False
    approve: bool = False
    publish: bool = False
    summary: str = ""

    def words(self) -> list[str]:
        """The options that were given."""
        given = {
            "--edit": self.edit,
            "--import": self.taken_from is not None,
            "--history": self.history,
            "--diff": self.diff is not None,
            "--write": self.write,
            "--approve": self.approve,
            "--publish": self.publish,
        }
        return [word for word, asked in given.items() if asked]


def work(ref: str, asked: Asked, show: Show) -> None:
    """Do it. Raises typer.Exit where it cannot be done."""
    words = asked.words()
    if len(words) > 1:
        stop(f"{' and '.join(words)} do not go together.", "One after the other, please.", status=USAGE)
    if words and show != Show():
        stop(f"{words[0]} shows nothing: leave --format, --out, --version and --fresh out.", status=USAGE)
    if show.version and show.fresh:
        stop("--fresh is no version that is kept.", "Leave --version or --fresh out.", status=USAGE)
    if asked.summary and not asked.publish:
        stop("A summary goes with --publish.", status=USAGE)
    if not words:
        text = run(
            reviewing.review(ref, show.written_as, number=show.version, fresh=show.fresh, as_file=show.out is not None)
        )
        put(text, show.out)
    elif asked.edit:
        review_writing.edit(ref)
    elif asked.taken_from is not None:
        review_writing.import_file(ref, asked.taken_from)
    elif asked.history:
        run(reviewing.history(ref))
    elif asked.diff:
        run(reviewing.difference(ref, *asked.diff))
    else:
        run(act(ref, _command(asked)))


def _command(asked: Asked) -> c.Command:
    if asked.write:
        return c.RequestReview(by=me())
    if asked.approve:
        return c.ApproveReview(by=me())
    return c.PublishReview(by=me(), summary=asked.summary)
