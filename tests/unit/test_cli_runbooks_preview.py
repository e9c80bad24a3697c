"""`muster runbooks preview`: one page that needs nothing else, whatever is in the runbook."""

import os
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli.main import app
from bot.diagnostics.runner import known_checks
from bot.paths import RUNBOOKS
from bot.runbooks.catalogue import Catalogue
from bot.runbooks.overview import overview
from bot.runbooks.preview import to_page
from tests.unit.cli_runbook import WALKED, a_pack

RUNNER = CliRunner()
#: Whatever a page may have that fetches, runs or sends something.
ACTIVE = {
    "script",
    "img",
    "iframe",
    "object",
    "embed",
    "link",
    "form",
    "input",
    "button",
    "base",
    "svg",
    "video",
    "audio",
}


@pytest.fixture(autouse=True)
def _away_from_the_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith(("MUSTER_", "SLACK_", "DATABASE_")):
            monkeypatch.delenv(name)


class Page(HTMLParser):
    """What a browser would find: tags, names, links, and the texts of elements."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.names: list[str] = []
        self.links: list[str] = []
        self.wild: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            if name == "id":
                self.names.append(value or "")
            if name == "href":
                self.links.append(value or "")
            if name.startswith("on") or name in ("src", "srcset", "style", "action"):
                self.wild.append(f"{tag} {name}={value}")


def preview(*words: str) -> Result:
    return RUNNER.invoke(app, ["runbooks", "preview", *words])


def page(directory: Path, text: str) -> str:
    """The page of a runbook with that text, with its pack."""
    done = preview("slow-checkout", "--pack", str(a_pack(directory, text)))
    assert done.exit_code == 0, done.stderr
    return done.stdout


def plain(html: str) -> str:
    """The text that people read, on one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", html.partition("<body>")[2]).split())


def test_the_page_goes_to_the_screen_or_into_a_file(tmp_path: Path) -> None:
    printed = page(tmp_path, WALKED)
    assert printed.startswith("<!doctype html>")
    done = preview("slow-checkout", "--pack", "ours", "-o", "slow.html")
    assert (done.exit_code, done.stdout) == (0, "Written to slow.html.\n")
    assert (tmp_path / "slow.html").read_text() == printed


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    a_pack(tmp_path)
    done = preview("slow-checkout", "--pack", "ours", "-o", "nowhere/slow.html")
    assert (done.exit_code, done.stderr) == (1, "nowhere/slow.html cannot be written: No such file or directory.\n")


def test_the_front_matter_is_on_top(tmp_path: Path) -> None:
    head = plain(page(tmp_path, WALKED).partition("<main>")[0])
    for said in ("P1", "owned by payments", "reviewed 2026-11-01", "HighResponseTime", "statement timeout", "checkout"):
        assert said in head


def test_steps_have_the_numbers_of_a_run_and_lead_to_each_other(tmp_path: Path) -> None:
    html = page(tmp_path, WALKED)
    found = Page(html)
    assert [name for name in found.names if name.startswith("Step-")] == [f"Step-{number}" for number in range(1, 10)]
    assert {link for link in found.links if link.startswith("#")} <= {f"#{name}" for name in found.names}
    begin, end = html.index('id="Step-1"'), html.index('id="Step-2"')
    first = plain(f"<body><article {html[begin:end]}>")
    assert "CRITICAL → End the session step 3" in first
    assert "OK or NO_DATA → Verification step 8" in first


def test_a_question_names_the_rows_below_and_what_else_there_is(tmp_path: Path) -> None:
    assert "5 Which is it? One of the rows below, or: None of these step 8 Cause Fix Time" in plain(
        page(tmp_path, WALKED)
    )


def test_buttons_are_badges_and_every_other_block_is_there_to_be_copied(tmp_path: Path) -> None:
    html = page(tmp_path, WALKED)
    badges = re.findall(r'<span class="badge (\w+)">([^<]*)</span>', html)
    assert badges == [
        ("check", "runs: db locks"),
        ("not", "does not run: check target=dbb"),
        ("action", "runs: end-session"),
        ("action", "runs: retry queue=mail"),
    ]
    assert "The pack has no target “dbb”. Did you mean “db”?" in html
    assert "approvals: 2, by commander or on-call, not by whoever asks; in an emergency none" in html
    assert '<span class="language">sql</span>' in html
    assert plain(html).endswith("With the pack ours, 3 blocks can be run; every other one is there to be copied.")


def test_without_a_pack_badges_promise_nothing(tmp_path: Path) -> None:
    a_pack(tmp_path)
    html = preview("slow-checkout", "--dir", "ours").stdout
    assert "would run: check target=db name=locks" in html
    assert '"badge check"' not in html
    assert plain(html).endswith("No pack was asked what its blocks run.")


def test_all_of_the_text_is_on_the_page_once(tmp_path: Path) -> None:
    said = plain(page(tmp_path, WALKED))
    sentences = ("Orders take longer than usual.", "The page turns for more than 2 s.", "Look at what runs longest.")
    items = ("A migration holds a lock", "Create it", "Nobody waits any more.", "Whoever knows the database best.")
    assert [said.count(text) for text in (*sentences, *items)] == [1] * 7


def test_headings_between_steps_stand_beside_them(tmp_path: Path) -> None:
    html = page(tmp_path, WALKED)
    assert html.index('id="Step-2"') < html.index('<h3 id="end-the-session">') < html.index('id="Step-3"')
    assert html.partition('<h3 id="end-the-session">')[0].rstrip().endswith("</h2>")


HOSTILE = """\
---
title: <img src=x onerror=alert(1)>
services: ["<script>alert(2)</script>"]
owner: '"><b onmouseover=alert(3)>'
---

# Hostile <script>alert(4)</script>

<script>alert(5)</script>

<iframe src="https://example.com"></iframe> and <img src="https://example.com/p.png" onerror="alert(6)">

![a picture](https://example.com/tracker.png) and [a link](javascript:alert(7)) and [another](data:text/html,hi)

[![both](https://example.com/inner.png)](https://example.com/outer)

## Investigation

1. **<b onclick=alert(8)>Look</b>** `<i>` &lt;u&gt;

   ```check target="<script>alert(9)</script>" name='"><script>'
   </code></pre><script>alert(10)</script>
   ```

   ```"><script>alert(11)</script>
   copied
   ```

   - **"><script>alert(12)</script>** → [End](#verification)

## Verification

- [ ] <svg onload=alert(13)>
- [ ] One<br>two
"""


def test_nothing_in_a_runbook_becomes_part_of_the_page(tmp_path: Path) -> None:
    html = page(tmp_path, HOSTILE)
    found = Page(html)
    assert found.tags & ACTIVE == set()
    assert found.wild == []
    assert all(link.startswith(("#", "https://example.com/")) for link in found.links)
    assert "alert(5)" in plain(html)
    assert "One<br />two" in html.replace("<br>", "<br />").replace("\n", "")


def test_the_page_fetches_nothing(tmp_path: Path) -> None:
    html = page(tmp_path, HOSTILE)
    assert "default-src 'none'; style-src 'unsafe-inline'" in html
    assert not re.search(r"@import|url\(", html.partition("<body>")[0])
    assert '<a href="https://example.com/tracker.png" rel="noreferrer">a picture</a>' in html


def test_names_of_headings_and_of_steps_do_not_meet(tmp_path: Path) -> None:
    headings = ("# End", "## Resolution", "### Step 1", "First.", "### Step-1", "Second.", "### Step 1", "Third.")
    text = "\n\n".join(headings)
    found = Page(page(tmp_path, text))
    assert len(found.names) == len(set(found.names))


def test_every_runbook_that_comes_with_muster_has_a_page_with_all_its_steps() -> None:
    for pack in RUNBOOKS.glob("*/policy.yaml"):
        for runbook in Catalogue([pack.parent]).list():
            seen = overview(runbook, None, checks_of=known_checks)
            found = Page(to_page(seen))
            numbers = sorted(int(name.removeprefix("Step-")) for name in found.names if name.startswith("Step-"))
            assert numbers == [view.number for view in seen.steps], runbook.path
            assert len(found.names) == len(set(found.names)), runbook.path
            assert {link for link in found.links if link.startswith("#")} <= {f"#{name}" for name in found.names}
