"""Every command in one table: the parser, the help, the nearest match and the documentation read it."""

from collections.abc import Iterator

from bot.domain.rules import nearest, spoken
from bot.slack.usage_alerts import ALERTS
from bot.slack.usage_row import Usage

__all__ = ["USAGES", "Usage", "nearest_usage", "usage_of"]

PROCEDURE = "As the policy asks"
LOOKING = "Looking"
ENDING = "Ending"


USAGES: tuple[Usage, ...] = (
    Usage(
        name="declare",
        args="[SEV] [title…] [--service S] [--flag CONDITION] [--private] [--drill]",
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
        args="STATUS [note…] [--override why…]",
        does="Moves to another status; with `--override`, before all that the policy asks for is so.",
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
        args="@user [note…]",
        does="Hands the lead over to somebody, with a word for them.",
        example="handoff @carol The vendor calls back at noon",
        aliases=("handover",),
    ),
    Usage(
        name="escalate",
        args="[STEP] [why…] [@who] [--now]",
        does="Calls more people: those you mention, or else the policy's. Shows first whom, how and why; with `--now` "
        "it goes at once.",
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
        args="[TARGET | SERVICE | all] [CHECK…] [--watch 5m | --stop | --baseline]",
        does="Runs diagnostics; without anything, lists what there is. `--watch` looks again and again and speaks when "
        "something changes, `--baseline` remembers what is well now as what is usual.",
        example="diag db",
        aliases=("diagnose", "diagnostic", "diagnostics"),
        needs_incident=False,
    ),
    Usage(
        name="do",
        args="[ACTION [VALUE…]] | approve N | run N | decline N",
        does="Does something to a system that the policy allows: it shows exactly what, and then somebody has it run. "
        "Without anything, lists what there is.",
        example="do end-session 4711",
        aliases=("perform",),
    ),
    Usage(
        name="runbook",
        args="[NAME] [--again]",
        does="Walks a runbook, step by step, in the thread of its card. Without a name, suggests some and says why.",
        example="runbook slow-queries",
        aliases=("runbooks", "playbook"),
        needs_incident=False,
    ),
    Usage(
        name="step",
        args="[RUN] done | skip why… | failed why… | pick WORDS | run [N] | back | pause | resume | handoff @user | "
        "help | stop",
        does="Says what became of the runbook's step that is next, runs what it names, or calls help with what was "
        "tried. The buttons of the step do the same.",
        example="step failed The restart changed nothing",
        aliases=("steps",),
    ),
    Usage(
        name="task",
        args="text… [@user] [by DATE] [!PRIORITY] [#KIND] | N | done N | drop N why… | reopen N | change N … | "
        "file N|all SYSTEM | new",
        does="Writes an action item down. `task 3` shows one, `task 3 @bob` changes it, `new` opens a form, "
        "`task file 3 github` files it in your tracker.",
        example="task Add an alert on pool usage @bob by friday !high #detect",
        aliases=("todo", "action"),
    ),
    Usage(
        name="flag",
        args="[CONDITION] [why…]",
        does="Says that something is so which changes what is to be done. Without a condition, a form asks.",
        example="flag data-loss Orders since noon are gone",
        aliases=("condition",),
        group=PROCEDURE,
    ),
    Usage(
        name="unflag",
        args="[CONDITION] [why…]",
        does="Says that it is not so after all. Without a condition, lists what is flagged.",
        example="unflag data-loss They were only hidden",
        aliases=("unset",),
        group=PROCEDURE,
    ),
    Usage(
        name="cause",
        args="text…",
        does="Says what caused it; nobody is called any more because that is unknown.",
        example="cause The pool is too small for the new workers",
        aliases=("root-cause",),
        group=PROCEDURE,
    ),
    Usage(
        name="checklist",
        args="[NAME]",
        does="Brings a checklist into the channel to tick off. Without a name, lists them.",
        example="checklist before-resolving",
        aliases=("checklists",),
        group=PROCEDURE,
    ),
    Usage(
        name="text",
        args="[NAME]",
        does="Fills in one of the policy's texts, such as a letter to customers, and records that it went out. Without "
        "a name, lists those that fit.",
        example="text customers",
        aliases=("texts", "letter"),
        group=PROCEDURE,
    ),
    Usage(
        name="snooze",
        args="CLOCK SPAN [why…]",
        does="Keeps a clock silent for a while, or with `escalation` all of its steps. The commander's to say.",
        example="snooze update 10m We are on the phone with the vendor",
        group=PROCEDURE,
    ),
    Usage(
        name="extend",
        args="CLOCK SPAN why…",
        does="Gives something more time, and says why.",
        example="extend resolve 2h The vendor needs until noon",
        group=PROCEDURE,
    ),
    *ALERTS,
    Usage(
        name="tasks",
        args="[mine | all | overdue | by @user]",
        does="Lists the action items, or what is to be done of all incidents.",
        example="tasks mine",
        aliases=("todos", "actions"),
        group=LOOKING,
        needs_incident=False,
    ),
    Usage(name="show", does="Shows how the incident stands.", example="show", aliases=("info",), group=LOOKING),
    Usage(
        name="timeline",
        args="[add WHEN text… [because why]] | [move N WHEN why…] | [hide N why…] | [show N] | [annotate N text…] | "
        "[hidden]",
        does="Shows what happened so far, or corrects the record: adds what nobody recorded, says when it really was, "
        "has an entry left out or read again, or says a word about it. Times are UTC; the original is kept.",
        example="timeline move #12 22:41 The deploy log says so",
        aliases=("history",),
        group=LOOKING,
    ),
    Usage(
        name="catchup",
        does="Brings you up to date when you join late.",
        example="catchup",
        aliases=("tldr",),
        group=LOOKING,
    ),
    Usage(
        name="clocks",
        does="Lists what is due and by when, and who is called next.",
        example="clocks",
        aliases=("deadlines",),
        group=LOOKING,
    ),
    Usage(
        name="policy",
        args="[SEV]",
        does="Shows the rules: what each severity means, its clocks, and who is on call. With a severity, all that "
        "happens and when.",
        example="policy P1",
        aliases=("rules", "severities"),
        group=LOOKING,
        needs_incident=False,
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
        args="[summary…] [--override why…]",
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
    Usage(
        name="close",
        does="Files a resolved incident away.",
        args="[note…] [--override why…]",
        example="close",
        group=ENDING,
    ),
    Usage(
        name="review",
        args="[edit [SECTION] | approve | publish [summary…] | meeting [WHEN] | history | diff A B | "
        "export SYSTEM | helped yes|partly|no [why…]]",
        does="Brings the review to the channel, or says what becomes of it.",
        example="review meeting tomorrow 10:00 45",
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
