"""Every command in one table: the parser, the help, the nearest match and the documentation read it."""

from collections.abc import Iterator
from dataclasses import dataclass

from bot.domain.rules import nearest, spoken

RUNNING = "While it runs"
LOOKING = "Looking"
ENDING = "Ending"


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """How a command is typed and what it does. `needs_incident`: it is about one incident."""

    name: str
    does: str
    args: str = ""
    example: str = ""
    aliases: tuple[str, ...] = ()
    group: str = RUNNING
    needs_incident: bool = True

    @property
    def words(self) -> tuple[str, ...]:
        """Everything that the command answers to."""
        return (self.name, *self.aliases)


USAGES: tuple[Usage, ...] = (
    Usage(
        name="declare",
        args="[SEV] [title…] [--service S] [--private] [--drill]",
        does="Opens an incident and its channel. Without a title, a form asks.",
        example="declare P1 Checkout is down --service checkout",
        aliases=("new", "open", "start", "create"),
        group="Starting",
        needs_incident=False,
    ),
    Usage(
        name="ack",
        does="Takes responsibility, and stops the escalation clock.",
        example="ack",
        aliases=("acknowledge", "acknowledged"),
        group="Starting",
    ),
    Usage(
        name="update",
        args="[text…]",
        does="Tells everyone how things stand, and restarts the update clock. Without text, a form asks.",
        example="update Failing over to the replica, ten minutes",
    ),
    Usage(
        name="status",
        args="STATUS [note…]",
        does="Moves to another status.",
        example="status monitoring Error rate is falling",
    ),
    Usage(
        name="severity",
        args="SEV [why…]",
        does="Raises or lowers the severity.",
        example="severity P2 Only one region is affected",
        aliases=("sev", "priority"),
    ),
    Usage(
        name="role",
        args="ROLE @user",
        does="Gives a role to somebody; `me` takes it.",
        example="role communications @bob",
        aliases=("assign",),
    ),
    Usage(
        name="lead",
        args="@user",
        does="Makes somebody the commander; `me` takes over.",
        example="lead me",
        aliases=("commander", "ic"),
    ),
    Usage(
        name="handoff",
        args="@user",
        does="Hands the lead over to somebody.",
        example="handoff @carol",
        aliases=("handover",),
    ),
    Usage(
        name="escalate",
        args="[why…] [@who]",
        does="Calls more people: those you mention, or else the policy's.",
        example="escalate Payments are failing too @dave",
        aliases=("page",),
    ),
    Usage(
        name="note",
        args="text…",
        does="Writes to the timeline only. A :pushpin: on any message does the same.",
        example="note The pool was at 98 % before the deploy",
        aliases=("log",),
    ),
    Usage(
        name="diag",
        args="[TARGET]",
        does="Runs a diagnostic. Without a target, lists them.",
        example="diag db",
        aliases=("diagnose", "diagnostic", "diagnostics"),
        needs_incident=False,
    ),
    Usage(
        name="runbook",
        args="[NAME]",
        does="Opens a runbook in the channel. Without a name, suggests some.",
        example="runbook slow-queries",
        aliases=("runbooks", "playbook"),
        needs_incident=False,
    ),
    Usage(
        name="task",
        args="text… [@user] [by DATE]",
        does="Writes an action item down; `task done 3` ticks one off.",
        example="task Add an alert on pool usage @bob by friday",
        aliases=("todo", "action"),
    ),
    Usage(
        name="tasks",
        does="Lists the action items.",
        example="tasks",
        aliases=("todos", "actions"),
        group=LOOKING,
    ),
    Usage(name="show", does="Shows how the incident stands.", example="show", aliases=("info",), group=LOOKING),
    Usage(name="timeline", does="Shows what happened so far.", example="timeline", aliases=("history",), group=LOOKING),
    Usage(
        name="catchup",
        does="Brings you up to date when you join late.",
        example="catchup",
        aliases=("tldr",),
        group=LOOKING,
    ),
    Usage(
        name="list",
        does="Lists the open incidents.",
        example="list",
        aliases=("ls", "incidents"),
        group=LOOKING,
        needs_incident=False,
    ),
    Usage(
        name="help",
        args="[command]",
        does="Explains the commands.",
        example="help declare",
        aliases=("usage", "commands"),
        group=LOOKING,
        needs_incident=False,
    ),
    Usage(
        name="resolve",
        args="[summary…]",
        does="Ends the incident. Without a summary, a form asks.",
        example="resolve The pool was raised to 200 and the errors are gone",
        group=ENDING,
    ),
    Usage(
        name="reopen",
        args="[why…]",
        does="Takes a resolved incident up again.",
        example="reopen The errors came back",
        group=ENDING,
    ),
    Usage(name="close", does="Files a resolved incident away.", args="[note…]", example="close", group=ENDING),
    Usage(
        name="review",
        does="Writes the post-incident review and brings it to the channel.",
        example="review",
        aliases=("pir", "postmortem"),
        group=ENDING,
    ),
)

#: By everything that a command answers to, as people say it.
_BY_WORD = {spoken(word): usage for usage in USAGES for word in usage.words}


def usage_of(word: str) -> Usage | None:
    """The command that answers to a word, whatever its case and hyphens; None where there is none."""
    return _BY_WORD.get(spoken(word))


def nearest_usage(word: str) -> Usage | None:
    """The command most like a word, or None where nothing comes close."""
    close = nearest(word, _words())
    return usage_of(close) if close else None


def _words() -> Iterator[str]:
    return (word for usage in USAGES for word in usage.words)
