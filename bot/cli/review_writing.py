"""Writing in a review from a terminal: in an editor, or from a file. What somebody wrote is never lost on the way."""

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bot.application import review_editing
from bot.application.review_editing import FILE_LIMIT, Edited
from bot.cli.acting import application, me, reference
from bot.cli.outcome import USAGE, run, stop
from bot.cli.terminal import advise, say
from bot.domain.errors import NoReview
from bot.postmortem.merging import Kept, Why

#: Bytes that a character may take, so that a file which is far too long is not read.
_BYTES = 4
_KEPT = {
    Why.BOTH_CHANGED: "“{section}”: others changed the same lines meanwhile. Theirs stand there, and yours below them.",
    Why.NOT_GENERATED: "“{section}” is not in the newest version any more; what you wrote there stays.",
    Why.LEFT_OUT: "“{section}” stays left out, though it was changed meanwhile.",
}


def edit(typed: str) -> None:
    """Open the newest version in an editor, and keep what was written in it.

    Raises:
        typer.Exit: it could not be. Where something was written, the file stays, and it is said where it is.
    """
    editor = _editor()
    ref = reference(typed)
    version, text = run(_newest(ref))
    # Editors put copies beside a file: nobody else may read those either.
    room = Path(tempfile.mkdtemp(prefix="muster-review-"))
    file = room / f"{ref}.md"
    taken = False
    try:
        file.touch(mode=0o600)
        file.write_text(text, encoding="utf-8")
        left_well = _opened([*editor, str(file)])
        if not _written(file, text):
            say("Nothing was changed.")
        elif not left_well:
            stop(f"{editor[0]} ended with a fault, so nothing was taken over.")
        else:
            run(take_over(ref, _read(file), seen=version))
            taken = True
    finally:
        # However it ended, also by Ctrl-C.
        if not taken and _written(file, text):
            advise(f"What you wrote is in {file}. Take it over with: muster review {ref} --import {file}")
        else:
            shutil.rmtree(room, ignore_errors=True)


def import_file(typed: str, file: str) -> None:
    """Keep what was written in a file; `-` is standard input. Raises typer.Exit."""
    text = _text(sys.stdin.buffer.read(_BYTES * FILE_LIMIT + 1), "What came in") if file == "-" else _read(Path(file))
    run(take_over(reference(typed), text))


async def take_over(ref: str, text: str, *, seen: int | None = None) -> None:
    """Put a file's words into the review, and say what came of it. Raises DomainError or DatabaseUnavailable."""
    async with application() as built:
        before, _ = await review_editing.stamped(built.muster, ref, by=me())
        edited = await review_editing.import_file(built.muster, ref, text, by=me(), seen=seen)
    for line in _said(edited, before.version):
        say(line)


async def _newest(ref: str) -> tuple[int, str]:
    async with application() as built:
        try:
            review, text = await review_editing.stamped(built.muster, ref, by=me())
        except NoReview:
            stop(f"{ref} has no review yet.", f"muster review {ref} --write has one written.")
    return review.version, text


def _said(edited: Edited, before: int) -> Iterator[str]:
    review = edited.review
    if review.version == before:
        yield f"Version {review.version} says all this already: nothing was changed."
    else:
        named = ", ".join(f"“{title}”" for title in review.sections[:6])
        more = len(review.sections) - 6
        where = f" Changed: {named}{f' and {more} more' if more > 0 else ''}." if named else ""
        yield f"Kept as version {review.version}.{where}"
    yield from (_apart(one) for one in edited.kept)


def _apart(kept: Kept) -> str:
    return _KEPT[kept.why].format(section=kept.section or "Top of the document")


def _editor() -> list[str]:
    """The editor's command. There is no shell: what is set is taken as words."""
    typed = os.environ.get("VISUAL") or os.environ.get("EDITOR") or ""
    try:
        words = shlex.split(typed)
    except ValueError:
        stop(f"The editor cannot be read: {typed}", "A quotation mark is missing in VISUAL or EDITOR.", status=USAGE)
    if not words:
        stop("No editor is set.", "Set EDITOR, such as EDITOR=nano; or write in a file: --import FILE.", status=USAGE)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        stop("An editor needs a terminal.", "Write in a file, and take it over with --import FILE.", status=USAGE)
    return words


def _written(file: Path, given: str) -> bool:
    """Whether a file has other words than were given; it may have where it cannot be read."""
    try:
        return file.read_bytes() != given.encode()
    except FileNotFoundError:
        return False
    except OSError:
        return True


def _opened(command: list[str]) -> bool:
    """Whether the editor ended well."""
    try:
        return subprocess.run(command, check=False).returncode == 0  # noqa: S603 (whoever is at the terminal set it)
    except OSError as error:
        stop(f"{command[0]} cannot be started: {error.strerror}.", "Set EDITOR to an editor.", status=USAGE)


def _read(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            content = opened.read(_BYTES * FILE_LIMIT + 1)
    except OSError as error:
        stop(f"{file} cannot be read: {error.strerror}.")
    return _text(content, str(file))


def _text(content: bytes, what: str) -> str:
    if len(content) > _BYTES * FILE_LIMIT:
        stop(f"{what} is longer than a review can be: {FILE_LIMIT:,} characters.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        stop(f"{what} is not UTF-8.", "Save it as UTF-8 text.")
