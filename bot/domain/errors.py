"""What can be wrong with a command. Each docstring is the sentence that the person reads.

Fields in braces are filled from the error's details; `hint` adds the nearest match and what is known.
"""

from typing import ClassVar


class DomainError(Exception):
    """That cannot be done."""

    #: The command whose usage helps here, for the answer to show.
    command: ClassVar[str | None] = None

    def __init__(self, **details: object) -> None:
        self.details = details
        super().__init__(self.sentence)

    @property
    def sentence(self) -> str:
        """The class's docstring with the details filled in."""
        return (self.__doc__ or "").strip().format_map(_Said(self.details))

    @property
    def hint(self) -> str | None:
        """The nearest match and the known names, where there are any."""
        parts = []
        if nearest := self.details.get("nearest"):
            parts.append(f"Did you mean {nearest}?")
        if isinstance(known := self.details.get("known"), list) and known:
            parts.append(f"Known: {', '.join(str(k) for k in known)}.")
        return " ".join(parts) or None


class _Said(dict[str, object]):
    """Details for a sentence: text is quoted as it was typed, and cut so that an essay stays readable.

    What is called `what` is the policy's words or ours, and stands whole.
    """

    def __getitem__(self, key: str) -> object:
        value = super().__getitem__(key)
        whole = key == "what" or not isinstance(value, str) or len(value) <= 80
        return value if whole else f"{str(value)[:79]}…"


class UnknownSeverity(DomainError):
    """There is no severity “{typed}”."""

    command = "severity"


class UnknownStatus(DomainError):
    """There is no status “{typed}”."""

    command = "status"


class UnknownRole(DomainError):
    """There is no role “{typed}”."""

    command = "role"


class UnknownCondition(DomainError):
    """There is no condition “{typed}”."""

    command = "flag"


class UnknownChecklist(DomainError):
    """There is no checklist “{typed}”."""

    command = "checklist"


class UnknownText(DomainError):
    """There is no text “{typed}”."""

    command = "text"


class UnknownClock(DomainError):
    """There is no clock “{typed}” running."""

    command = "snooze"


class UnknownStep(DomainError):
    """The policy has nobody to call for “{typed}”."""

    command = "escalate"


class OnlyCommander(DomainError):
    """Only {who}, who leads {ref}, can make a clock silent. Anybody can extend one and say why."""

    command = "extend"


class TooFar(DomainError):
    """{what}."""


class NotYet(DomainError):
    """{ref} cannot be “{status}” yet: {what}. If it has to be now, say why: add `--override why` to the command."""


class UnknownIncident(DomainError):
    """There is no incident “{typed}”, or you are not in it."""


class UnknownTarget(DomainError):
    """There is no diagnostics target “{typed}”."""

    command = "diag"


class UnknownCheck(DomainError):
    """There is no check “{typed}” of {target}."""

    command = "diag"


class UnknownRunbook(DomainError):
    """There is no runbook “{typed}”."""

    command = "runbook"


class UnknownTask(DomainError):
    """There is no open action item {number} in {ref}."""

    command = "task"


class UnknownPriority(DomainError):
    """There is no priority “{typed}”."""

    command = "task"


class UnknownSort(DomainError):
    """An action item is there to prevent, detect or mitigate, or to change a process; “{typed}” is none of these."""

    command = "task"


class WrongLink(DomainError):
    """“{typed}” is no link: it begins with `https://` and has no spaces."""

    command = "task"


class UnknownEntry(DomainError):
    """{ref} has no entry #{number}: the last is #{last}. See them with `timeline`."""

    command = "timeline"


class EntryStands(DomainError):
    """#{number} stays as it is: {what}. A word about it may be added with `timeline annotate #{number}`."""

    command = "timeline"


class WrongTime(DomainError):
    """{what}. Check the day and the time: `2026-01-31 22:40 UTC` says both, and the zone."""


class NoReview(DomainError):
    """{ref} has no review yet. `review` writes it."""

    command = "review"


class ReviewChanged(DomainError):
    """The review of {ref} has changed since: version {version} is the newest. Please read it before you approve it."""

    command = "review"


class NotApprover(DomainError):
    """You cannot approve this review. {what}."""

    command = "review"


class OwnWords(DomainError):
    """You wrote in the review of {ref} last: somebody else approves it."""

    command = "review"


class ApprovalsMissing(DomainError):
    """Version {version} of the review of {ref} is not approved yet: {left} more to go. `review approve` does it."""

    command = "review"


class UnknownAnswer(DomainError):
    """“{typed}” is no answer here."""

    command = "review"


class NoIncidentHere(DomainError):
    """This channel belongs to no incident. Say which one: its reference comes first, as in `INC-2026-01-31-001 ack`."""


class MissingText(DomainError):
    """This needs some text: {what}."""


class TooLong(DomainError):
    """The {what} is {length} characters long; {limit} is the most."""


class AlreadyAcknowledged(DomainError):
    """{ref} was already acknowledged by {by}."""


class AlreadySo(DomainError):
    """{ref} already has the {what} {value}."""


class IncidentOver(DomainError):
    """{ref} is {status}. Reopen it first if it is not over."""

    command = "reopen"


class NotResolved(DomainError):
    """{ref} is still {status}. Resolve it before closing it."""

    command = "resolve"


class NotOver(DomainError):
    """{ref} is {status}, so it is not over yet: there is nothing to reopen, or to publish."""


class SummaryNeeded(DomainError):
    """Say in a sentence how {ref} was resolved."""

    command = "resolve"


class UnknownDelivery(DomainError):
    """There is no row {number} in the outbox. `muster outbox list` shows what there is."""


class NotRefused(DomainError):
    """Row {number} of the outbox is {standing}: there is nothing to retry."""


class ChannelFirst(DomainError):
    """Row {number} needs the incident's channel. Retry row {opening}, which opens it: this one follows by itself."""


class BeingSent(DomainError):
    """Row {number} of the outbox is being sent at this moment. Look again in a few seconds."""


class DeliveryOver(DomainError):
    """Row {number} of the outbox was {standing} already: there is nothing to drop."""


class UnknownTimer(DomainError):
    """{ref} has a timer “{name}”, which neither this version nor its pack knows. Another process will see to it."""


class NobodyNamed(DomainError):
    """Say who: mention one person, as in `{usage}`."""

    command = "role"


class NotAllowed(DomainError):
    """{what} is for {who}."""


class UnknownAction(DomainError):
    """There is no action “{typed}”."""

    command = "do"


class NoSuchAction(DomainError):
    """{ref} has no action {number}."""


class ActionOver(DomainError):
    """“{title}” is {stage}: ask for it anew."""


class OwnAction(DomainError):
    """You asked for “{title}” yourself: somebody else has to approve of it."""


class ApprovedAlready(DomainError):
    """You have approved of “{title}” already."""


class InSlackOnly(DomainError):
    """Approvals are given in Slack, where it is known who gives them."""


class ApprovalMissing(DomainError):
    """“{title}” was not run: {left} more must approve of it first{what}."""


class EmergencyRefused(DomainError):
    """The policy has no emergency for “{title}”: {left} more must approve of it first."""


class ADrill(DomainError):
    """This is a drill: “{title}” was rehearsed, and is not run."""


class WatchedAlready(DomainError):
    """“{target}” is being watched already."""


class NotWatched(DomainError):
    """“{target}” is not being watched."""


class TooManyWatches(DomainError):
    """{most} diagnostics are watched at most: stop one first."""
