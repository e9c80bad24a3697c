"""The commands about alerts, as rows of the table."""

from bot.slack.usage_row import Usage

_GROUP = "Alerts"

ALERTS: tuple[Usage, ...] = (
    Usage(
        name="alerts",
        args="[NUMBER | all]",
        does="Lists what fires: in an incident's channel its own alerts, elsewhere all. With a number, shows it whole.",
        example="alerts 12",
        aliases=("alert", "alarms"),
        group=_GROUP,
        needs_incident=False,
    ),
    Usage(
        name="mute",
        args="WHAT for SPAN [why…]",
        does="Keeps alerts quiet for a while: by name, `service=…` or another label, `*` standing for anything; or "
        "those of a number, as in `mute #12 for 1h`.",
        example="mute HighErrorRate service=payments for 1h The deploy is under way",
        aliases=("silence",),
        group=_GROUP,
        needs_incident=False,
    ),
    Usage(
        name="mutes",
        does="Lists what is quiet, until when, who asked for it and why.",
        example="mutes",
        aliases=("muted", "silences"),
        group=_GROUP,
        needs_incident=False,
    ),
    Usage(
        name="unmute",
        args="NUMBER",
        does="Ends a mute before its time.",
        example="unmute 3",
        aliases=("unsilence",),
        group=_GROUP,
        needs_incident=False,
    ),
)
