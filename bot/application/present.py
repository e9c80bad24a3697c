"""What templates are given. One shape for all of them, so that a pack's author learns it once.

Every template has `incident` (as it is now), `policy`, `severity` (the policy's, or None when the pack
dropped it), `commander` (a Slack user id or None) and `links` (name → URL), and what lies ahead by the policy:
`clocks` (Deadline, the earliest first), `calls` and `next_call` (Call: step, at, names, why), `watched_until`,
`phase`, `conditions` (Standing: condition, name, since, title), `worse` (the Severity that they suggest, where it
is worse) and `serving` (the Service); `bot.messages.outlook` says more. A template about one event also has
`entry` (`seq`, `at`, `by`), `event` and `kind`.

Posts (one folder each in `templates/slack/`), with what they have besides:

=================== ================================= ==========================================================
name                event                             where, and more variables
=================== ================================= ==========================================================
alert               Declared                          the channel's first message; the updates' thread hangs on it;
                                                      `flagged` (Standing)
acknowledged        Acknowledged                      thread, broadcast
update              UpdatePosted                      thread, broadcast
status_change       StatusChanged                     thread, broadcast
severity_change     SeverityChanged                   thread, broadcast; `changes` (Changes)
role_change         RoleAssigned                      thread, broadcast; `role` (Role)
role_instructions   RoleAssigned, Acknowledged        direct message; `role` (Role), `entries` (the last ones before)
escalation          Escalated                         channel; mentions `event.people`
escalation_call     Escalated                         direct message to each of `event.people`
escalation_notice   Escalated                         announce channel
update_overdue      UpdateOverdue                     thread, broadcast
resolution          Resolved                          thread, broadcast
reopened, closed    Reopened, Closed                  thread, broadcast
action_item         ActionItemAdded, -Changed, -Done, thread
                    -Dropped, -Reopened, -Filed
item_due            ActionItemDue                     direct message to the owner; without one, thread
item_orphaned       ActionItemOrphaned                thread, broadcast
diagnostic_details  DiagnosticRecorded                thread of the run's card; `report` (bot.diagnostics Report)
action_told         ActionApproved, -Declined,        thread of the action's card
                    -Expired, -Started, -Finished
runbook             RunbookOpened                     channel; `runbook` (bot.runbooks Runbook: name, title, text)
walk_told           RunbookPaused, -Resumed,          thread of the run's card
                    -HandedOver, -Finished,
                    -Stopped, WentBack
review_nudge        ReviewNudged                      thread, broadcast; `open`, `asks` as on the card `review`
review_published    ReviewPublished                   thread, broadcast
review_shared       ReviewPublished                   the channels that the policy publishes to; not of a private one
review_scheduled    ReviewScheduled                   thread, broadcast
effectiveness       EffectivenessAsked                thread, broadcast; names the tasks
effectiveness_judged EffectivenessJudged              thread, broadcast
announced           ChannelOpened, SeverityChanged,   the severity's further channels (a new severity: also those
                    Resolved, Reopened                that it leaves)
condition           ConditionSet, ConditionCleared    thread, broadcast; `flagged` (Standing) of what was set
cause_found         CauseFound                        thread, broadcast
entry_corrected     EntryAdded, -Moved, -Hidden,      thread; what is hidden is not repeated
                    -Shown, -Annotated
clock_missed        ClockMissed                       thread, broadcast
clock_changed       ClockSnoozed, ClockExtended       thread
watch_ended         WatchEnded                        thread, broadcast; `watched_for`
text_due            TextDue                           thread, broadcast; `letter` (Letter or None)
text_sent           TextSent                          thread, broadcast, for copying; `letter`
text_elsewhere      TextSent                          the channel that the policy names for the text; `letter`
follow_up           FollowUpDue                       thread, broadcast; mentions `event.people`; `follow_up` (FollowUp)
alerts_opened       AlertsJoined                      channel; `looks` (what is diagnosed by itself, by name)
alerts_joined       AlertsJoined                      thread; `looks`, nothing here
alerts_cleared      AlertsCleared                     thread, broadcast
delivery_failed     DeliveryFailed                    direct message to the commander or reporter
summary             (surface)                         pinned card; buttons by state
announcement        (surface)                         announce channel
checklist           (surface, and an answer)          `tally` (Tally)
diagnostic          (surface)                         a run: `entry`, `event` (DiagnosticRequested, then -Recorded),
                                                      `report`, `far` (Far), `watched` (Watched), `offers`, `runbook`
action              (surface)                         `action` (Action), `rule` (ActionRule; None when dropped)
walk                (surface)                         a run of a runbook: `run` (RunbookRun), `going`, `stages`,
                                                      `passed`, `total`, `here` (StepRule), `link`
step                (surface)                         a step of one: `run`, `going`, `number`, `step`, `mark`, `text`,
                                                      `current`, `more`, `blocks`, `branch`, `leads`, `picks`, `link`
review              (surface)                         `newest` (Review), `open` (int), `asks` ((section, int)),
                                                      `changed` (str), `writers` (Slack ids and names)
alert_group         (a group's message)               alerts' channel: `group` (Group), `found` (Found), `alerts`
                                                      (Stored), `shared`, `differing`, `owners`, `muted`, `command`
alert_list          (answer)                          `groups` (Found), `incident` or none, `command`
alert_show          (answer)                          `found`, `alerts`, `shared`, `differing`, `command`
mute_list, muted    (answer)                          `mutes` (Mute), `maintenance`; `mute`; `command`
show                (answer)                          the summary, privately; `behind` (Depth; None in time)
list                (answer)                          `incidents`, `behind` (Depth by reference)
timeline, catchup   (answer)                          `entries` (newest last, quiet ones left out), `more` (int: older),
                                                      `corrections` (bot.postmortem.corrections Corrected)
timeline_hidden     (answer)                          `corrections`
tasks               (answer)                          `items` (ActionItem), `today` (date where the office is)
task                (answer)                          `item` (ActionItem), `today`
task_list           (answer)                          `listed` (bot.application.items Listed), `asked` (ListTasks),
                                                      `mine` (bool), `command`; of all incidents
home                (a user's Home tab)               `listed` (Listed), `incidents`, `policy`, `command`
conditions          (answer)                          `set` (Condition or None, name, since), `others` (Condition)
checklists          (answer)                          `shown` (Tally), `others` (Checklist)
texts               (answer)                          `fitting`, `others` (Letter), `dues` (name → when)
clocks              (answer)                          nothing more
policy              (answer)                          `severity_asked` (Severity or None); no incident
help                (answer)                          `commands` (Usage: name, args, does, example, group), `command`
help_command        (answer)                          `usage` (Usage), `command`
error               (answer)                          `sentence`, `hint` (or None), `usage` (or None), `command`
diagnosing          (answer)                          `target` (str): it has begun, outside of any incident
diag_report         (answer)                          `report`, `healthy` (bool), outside of any incident
runbook_text        (answer)                          `runbook`, outside of any incident
action_list         (answer)                          `actions` (ActionRule), `command`
review_history      (answer)                          `versions` ((Review, str), the newest first), `more` (int: older)
review_diff         (answer)                          `older`, `newer` (int), `difference` (str)
diag_list           (answer)                          `scopes` ((name, what)), `command`
runbook_list        (answer)                          `runbooks` (Runbook), `suggested` (Suggestion: runbook, reasons),
                                                      `command`, `incident` (or None)
answer              (answer)                          `event`, `entry`, `kind`, `duplicate` (bool): what was recorded;
                                                      `behind` as for `show`
=================== ================================= ==========================================================

E-mails (`templates/email/NAME/`): `escalation` (Escalated) and `review_scheduled` (ReviewScheduled), with
`asked` (names of the policy), `link` (to the channel, or None) and `late` (how much later it comes than it was due, or
None).

Lines (`templates/slack/lines/NAME.txt.j2`): `topic`, `purpose`, `bookmark` (the title of the link to the
updates' thread), `review_comment` (with `version`), `entry` (with `entry`), `delayed` (with `said` and `told`),
`behind` (with `behind`).
"""

from collections.abc import Mapping
from typing import Any

from bot.domain.events import Acknowledged, RoleAssigned, kind_of
from bot.domain.incident import Incident
from bot.domain.rules import Policy
from bot.domain.timeline import Entry
from bot.messages.outlook import more_of, outlook

Context = dict[str, Any]


def about(incident: Incident, policy: Policy, links: Mapping[str, str]) -> Context:
    """The variables that every template has."""
    return {
        "incident": incident,
        "policy": policy,
        "severity": policy.find_severity(incident.severity),
        "commander": incident.roles.get(policy.commander),
        "links": dict(links),
        **outlook(incident, policy),
    }


def about_entry(incident: Incident, entry: Entry, policy: Policy, links: Mapping[str, str]) -> Context:
    """The variables of a template about one event."""
    event = entry.event
    context = about(incident, policy, links) | {"entry": entry, "event": event, "kind": kind_of(type(event))}
    context |= more_of(incident, policy, event)
    if isinstance(event, RoleAssigned | Acknowledged):
        context["role"] = next((r for r in policy.roles if r.name == event.role), None)
    return context
