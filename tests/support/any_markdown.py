"""Any Markdown that people may have written into a review."""

from hypothesis import strategies as st

_PARTS = [
    "## Summary",
    "#### Deep",
    "| Entry | Time | Who | What |\n|---|---|---|---|\n| [#1](https://slack.example/p1) | 10:00:00 | A | **Late** |",
    "| Check | Verdict |\n|---|---|\n| a | CRITICAL |\n| b \\| c | **late** by 2 |",
    "| a |\n|---|",
    "> said\\\n> twice\n>\n> > deeper\n>\n> - a list",
    "— Dana (#1, #1–#3)",  # noqa: RUF001
    "- one\n  - two\n    1. three\n\n      > quoted\n\n      ```\n      code\n      ```",
    "_To be filled in by the commander: why?_",
    "```sql\nSELECT ']]>' -- ```\n<@U1> <!here>\n```",
    "    indented ]]> & <b>",
    "![](@U0DANA) ![](#C1) <@U0DANA> <!channel> @here",
    "[x](https://evil.example/a?b=1&c=2) [y](javascript:alert(1)) ![i](https://t.example/p.png)",
    "[![](@U0DANA)](https://x.example) [<@U0BOB>](https://y.example)",
    "a ]]> b & c < d > \"e\" 'f' `g ]]> <h>` \x0b \ufffe \x01",
    "<script>alert(1)</script><ac:link/>&nbsp;&amp;&#0;&#x1F;",
    "---",
    "1. a\n\n   b\n2. c",
    "\u202etxet\u202c מצב חירום \\",
]


def markdowns() -> st.SearchStrategy[str]:
    """A document of some parts, each of which somebody might have thought of."""
    return st.lists(st.sampled_from(_PARTS) | st.text(max_size=30), max_size=8).map("\n\n".join)
