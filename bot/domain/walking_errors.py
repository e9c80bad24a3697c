"""What can be wrong with what somebody wants of a run of a runbook; as `bot.domain.errors`."""

from bot.domain.errors import DomainError


class WalkedAlready(DomainError):
    """“{title}” is being walked already: run {number}, led by {who}. For another run: `runbook {name} --again`."""


class TooManyRuns(DomainError):
    """At most {open} runbooks are walked at once, and {most} in one incident: finish or stop one first."""


class NoSuchRun(DomainError):
    """{ref} has no run {number} of a runbook."""

    command = "runbook"


class RunOver(DomainError):
    """This run of “{title}” is {course}. Begin another with `runbook`."""

    command = "runbook"


class RunPaused(DomainError):
    """This run of “{title}” is paused: resume it first."""


class NotPaused(DomainError):
    """This run of “{title}” is not paused."""


class NotTheStep(DomainError):
    """Step {step} of “{title}” is not the next one: that is step {current}, “{item}”."""


class StepMarkedAlready(DomainError):
    """“{item}” was marked {outcome} already, by {who}."""


class NoSuchBranch(DomainError):
    """This step does not go on by “{typed}”."""


class NoSuchBlock(DomainError):
    """The step “{item}” has nothing of that kind to run."""


class StepAtWork(DomainError):
    """`{what}` is at work already. What it finds comes to its step."""


class NotThere(DomainError):
    """Nobody has been at step {step} of “{title}” yet."""


class NoRunGoing(DomainError):
    """No runbook is being walked here. Begin with `runbook`."""

    command = "runbook"
