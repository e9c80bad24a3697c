"""What may be done from within an incident: rehearsed first, then done once, and told whatever came of it."""

from bot.diagnostics.actions.action import Action, Ending, Outcome, Rehearsal
from bot.diagnostics.actions.engine import perform, rehearse

__all__ = ["Action", "Ending", "Outcome", "Rehearsal", "perform", "rehearse"]
