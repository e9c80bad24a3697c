"""Slack's limits for what a message holds, as data; the figures are Slack's unless marked otherwise."""

from typing import Final

HEADER: Final = 150
SECTION: Final = 3_000
FIELD: Final = 2_000
FIELDS_IN_SECTION: Final = 10
CONTEXT: Final = 3_000
BUTTON_TEXT: Final = 75
BUTTON_VALUE: Final = 150  # ours: Slack takes 2,000, and it counts as part of the message's JSON
ACTIONS_IN_BLOCK: Final = 25
CHECKBOXES: Final = 10  # in one element
OPTION_TEXT: Final = 75  # and as much for its description
OPTION_VALUE: Final = 150
CONFIRM_TITLE: Final = 100
CONFIRM_TEXT: Final = 300
CONFIRM_BUTTON: Final = 30
URL: Final = 2_000  # Slack takes 3,000 in a button; a longer one leaves no room for words in a section
LINK_LABEL: Final = 300  # ours: a link is never cut in the middle, so its label may not eat the section
TABLE_ROWS: Final = 100
TABLE_COLUMNS: Final = 20
TABLE_TEXT: Final = 6_000  # ours: Slack takes 10,000, which would leave no room for the rest of the message
CELL: Final = 200  # ours
MESSAGE_BLOCKS: Final = 50
#: Characters of the blocks as JSON with every non-ASCII character written `\uXXXX`, as slack_sdk sends it.
MESSAGE_JSON: Final = 13_000
#: Ours: what tick boxes may take of that once all are ticked.
TICKS_JSON: Final = 7_000
SMALL_PRINT_JSON: Final = 9_000  # with the small print below them
TEXT: Final = 4_000
#: Ours: the most of one value that is looked at; a message can show a fraction of it.
VALUE: Final = 20_000
#: Ours: the most of a Markdown document that is parsed.
DOCUMENT: Final = 60_000
LINE: Final = 3_000
#: One-line texts that go where Slack takes less than a message's text.
LINES: Final = {"topic": 250, "purpose": 250}

CUT_NOTE: Final = "… (cut; the whole text is in the timeline)"
#: Said instead where the timeline does not have the rest.
CUT_NOTES: Final = {
    **dict.fromkeys(("runbook", "runbook_text", "step"), "… (cut; the whole text is in the runbook's file)"),
    **dict.fromkeys(("diagnostic", "diagnostic_details"), "… (cut; all of it is kept as evidence)"),
    **dict.fromkeys(
        (
            *("list", "tasks", "help", "diag_list", "action_list", "runbook_list", "error"),
            *("checklists", "clocks", "conditions", "policy", "texts"),
            *("alert_group", "alert_list", "alert_show", "mute_list", "muted"),
            *("task_list", "home", "review_history", "review_diff", "timeline_hidden"),
        ),
        "… (cut; there is more)",
    ),
}
ELLIPSIS: Final = "…"
