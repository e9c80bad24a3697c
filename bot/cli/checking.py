"""`muster check`: what is wrong in policies, templates and runbooks, by file and line."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from bot.cli.outcome import FAULT, OK, USAGE
from bot.cli.terminal import complain, say
from bot.messages import Mails, Messages
from bot.messages.check import check_templates, check_with_policy
from bot.messages.check_letters import check_letters
from bot.messages.check_mail import check_mails
from bot.paths import RUNBOOKS, TEMPLATES
from bot.policy.faults import Fault, PolicyFault
from bot.policy.read import POLICY_FILE, find_pack, read_document, read_policy
from bot.runbooks.check import check_pack, check_runbooks


def check(paths: Sequence[Path], pack: Path | None) -> int:
    """Print every fault as `file:line: message`; returns the exit status.

    Args:
        paths: packs, directories of runbooks, or single runbooks.
        pack: one pack, by name or directory; without it and without paths, everything that comes with Muster.
    """
    missing = [path for path in paths if not path.exists()]
    for path in missing:
        complain(f"{path} does not exist.")
    if missing:
        return USAGE
    try:
        packs = _packs(paths, pack)
    except PolicyFault as error:
        complain(str(error))
        return USAGE
    runbooks = [path for path in paths if path not in packs]
    faults = sorted({*_found(packs, runbooks, templates=not paths)})
    for fault in faults:
        say(str(Fault(_near(fault.file), fault.line, fault.message)))
    if faults:
        complain(f"{len(faults)} to mend.")
        return FAULT
    say(_summary(packs, runbooks))
    return OK


def _packs(paths: Sequence[Path], pack: Path | None) -> list[Path]:
    """The packs to check. Raises PolicyFault when the one that was named is not there."""
    named = [find_pack(str(pack), root=RUNBOOKS)] if pack else []
    if paths or named:
        return [*named, *(path for path in paths if (path / POLICY_FILE).is_file())]
    return sorted(file.parent for file in RUNBOOKS.glob(f"*/{POLICY_FILE}"))


def _found(packs: Iterable[Path], runbooks: Iterable[Path], *, templates: bool) -> Iterator[Fault]:
    plain = False
    for pack in packs:
        yield from check_pack(pack)
        yield from _in_force(pack, templates=templates)
        # Packs without templates of their own share ours, which need to be rendered once.
        own = any((TEMPLATES / "packs" / pack.name / folder).is_dir() for folder in ("slack", "email"))
        if templates and (own or not plain):
            plain = plain or not own
            yield from check_templates(Messages(pack=pack.name, root=TEMPLATES))
            yield from check_mails(Mails(pack=pack.name, root=TEMPLATES))
    for path in runbooks:
        yield from check_runbooks(path)


def _in_force(pack: Path, *, templates: bool) -> Iterator[Fault]:
    """What shows only with the pack's rules in force: its texts, and messages that tell of its severities and roles."""
    try:
        policy = read_policy(pack)
    except PolicyFault:
        return
    yield from check_letters(policy, read_document(pack))
    if templates:
        yield from check_with_policy(Messages(pack=pack.name, root=TEMPLATES), policy)


def _near(file: str) -> str:
    """The file as somebody here would name it."""
    path, here = Path(file), Path.cwd()
    return str(path.relative_to(here)) if path.is_absolute() and path.is_relative_to(here) else file


def _summary(packs: Sequence[Path], runbooks: Sequence[Path]) -> str:
    names = ", ".join([*(pack.name for pack in packs), *(str(path) for path in runbooks)])
    return f"Nothing to mend in {names}."
