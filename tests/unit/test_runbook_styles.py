"""Runbooks as teams have them already: what is walked is what a person would walk."""

from pathlib import Path

import pytest

from bot.runbooks.chapters import chapter_kind
from bot.runbooks.parse import parse_runbook
from bot.runbooks.runbook import Runbook
from bot.runbooks.structure import ChapterKind


def parse(source: str, name: str = "api-down") -> Runbook:
    return parse_runbook(source.encode(), name=name, path=Path(f"{name}.md")).runbook


def walked(runbook: Runbook) -> dict[str, list[str]]:
    """The titles of the steps by their chapters'."""
    found: dict[str, list[str]] = {phase: [] for phase in runbook.structure.phases}
    for step in runbook.structure.steps:
        found[runbook.structure.phases[step.phase]].append(step.title)
    return found


EXPORTED = """\
**Checkout is slow: what to do**

Last updated: 12 March by Anna

**Summary**

Checkout takes more than 2 s.

**Notes from March**

* it was the cache

**How to diagnose**

1. Open the dashboard.
2. **Is the database slow?** See below.

**Database**

3. Run the query.

**How to fix it**

* Restart the API
* Scale to 6

**Verify the fix**

* p99 is under 500 ms
"""


def test_of_an_exported_document_lines_of_bold_are_the_headings_and_the_title() -> None:
    runbook = parse(EXPORTED)
    assert runbook.title == "Checkout is slow: what to do"
    assert [chapter.title for chapter in runbook.structure.chapters][1:3] == ["Summary", "Notes from March"]
    assert walked(runbook) == {
        "How to diagnose": ["Open the dashboard", "Is the database slow?", "Run the query"],
        "How to fix it": ["Restart the API", "Scale to 6"],
        "Verify the fix": ["p99 is under 500 ms"],
    }


def test_a_first_line_of_bold_that_is_a_chapter_is_no_title() -> None:
    assert parse("**Symptoms**\n\n- slow\n\n**Fix**\n\n1. Restart\n").title == "Api down"


def test_a_line_of_bold_below_other_text_is_no_title() -> None:
    assert parse("Read this.\n\n**Not a title**\n\n1. Restart\n").title == "Api down"


WIKI = """\
# Payment Service - Incident Runbook

| **Owner** | Payments |
|---|---|

## 1. Overview

It takes payments.

## 3. Troubleshooting

### 3.1 Check the pods

`kubectl get pods`

### 3.2 Known errors

| Error message | Possible cause | Action | Time |
|---|---|---|---|
| `ECONNREFUSED` | DB is down | Fail over: `pg_ctl promote \\| tee log` | 10 min |
| `card_declined` | Stripe | Nothing | - |

## 4. Recovery Procedures

### 4.1 Restart

1. Drain the node.
2. Restart.

### 4.2 Fail over

1. Promote the replica.

## 5. Escalation process

Call Bob.
"""


def test_of_a_wikis_export_sections_rows_and_lists_are_steps() -> None:
    runbook = parse(WIKI)
    assert walked(runbook) == {
        "Troubleshooting": ["Check the pods", "Which is it?", "ECONNREFUSED: DB is down", "card_declined: Stripe"],
        "Recovery Procedures": ["Drain the node", "Restart", "Promote the replica"],
    }
    down, declined = runbook.structure.steps[2:4]
    assert (down.says, down.takes) == ("Fail over: `pg_ctl promote | tee log`", "10 min")
    assert (declined.says, declined.takes) == ("Nothing", "")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            (
                "# Queue stuck\n\n## Symptoms\n\n- It grows.\n\n## Possible checks\n\n- Look at the dashboard\n"
                "- Is it running?\n\n  ```\n  status\n  ```\n\n## Resolution\n\n1. Kill it:\n\n   ```\n   x\n   ```\n\n"
                "1. Restart\n\n## Post-checks\n\n- Under 100.\n"
            ),
            {
                "Possible checks": ["Look at the dashboard", "Is it running?"],
                "Resolution": ["Kill it", "Restart"],
                "Post-checks": ["Under 100"],
            },
        ),
        (
            (
                "# Looping\n\n## Meaning\n\nIt dies.\n\n## Impact\n\nNo service.\n\n## Diagnosis\n\n- Check the pod\n"
                "- Check events\n\nOther things to check:\n\n- the killer\n\n## Mitigation\n\n"
                "Talk with the developers.\n"
            ),
            {"Diagnosis": ["Check the pod", "Check events"], "Mitigation": ["Mitigation"]},
        ),
        (
            (
                "# Redis is full\n\n**Q: What does it mean?**\n\nA: No writes.\n\n**Q: How do I fix it?**\n\nA:\n"
                "1. Flush it.\n2. Raise the limit.\n"
            ),
            {"Redis is full": ["Flush it", "Raise the limit"]},
        ),
        (
            (
                "# Failover\n\n## Steps for the on-call\n\n1. **Acknowledge** the page.\n2. **Stabilise**\n"
                "    1. Roll back\n    2. Fail over\n        ```\n        now\n"
                "        ```\n\n## When it is over\n1. Close.\n"
            ),
            {"Steps for the on-call": ["Acknowledge", "Stabilise"], "When it is over": ["Close"]},
        ),
        (
            "- ssh to the box\n- check the disk\n  - if full: delete\n- restart\n",
            {"Api down": ["ssh to the box", "check the disk", "restart"]},
        ),
        (
            (
                "# Warteschlange\n\n## Symptome\n\n- Sie wächst\n\n## Ursachenforschung\n\n"
                "1. Grafana öffnen\n\n## Lösung\n\n"
                "- Neu starten\n\n## Überprüfung\n\n- Leer\n\n## Eskalation\n\nAnrufen.\n"
            ),
            {"Ursachenforschung": ["Grafana öffnen"], "Lösung": ["Neu starten"], "Überprüfung": ["Leer"]},
        ),
        (
            (
                "# Panne\n\n## Symptômes\n\n- erreurs\n\n## Procédure de résolution\n\n"
                "### Étape 1 : Regarder\n\n`ls`\n\n"
                "### Étape 2 : Redémarrer\n\nVite.\n\n## Vérification\n\n- Plus d'erreurs\n"
            ),
            {"Procédure de résolution": ["Regarder", "Redémarrer"], "Vérification": ["Plus d'erreurs"]},
        ),
        (
            (
                "# 🚨 Down 🚨\n\n## 🔍 Investigation\n\n### 1️⃣ Check health\n\n`curl`\n\n"
                "### 2️⃣ Check the disk\n\n`df`\n\n"
                "## 🛠️ Fix\n\n- restart\n"
            ),
            {"Investigation": ["Check health", "Check the disk"], "Fix": ["restart"]},
        ),
        (
            (
                "# Deploy\n\n- [ ] Announce\n"
                "- [ ] Roll back\n  ```bash\n  # - [ ] no box\n  ```\n  - [ ] wait\n\n* [ ] Tell\n"
            ),
            {"Deploy": ["Announce", "Roll back", "Tell"]},
        ),
        ("First look at the queue.\n\nThen restart it.\n", {}),
        ("# Where to look\n\n- [Slow](slow.md)\n- [Down](down.md)\n", {}),
    ],
)
def test_what_is_walked_is_what_a_person_would_walk(source: str, expected: dict[str, list[str]]) -> None:
    assert walked(parse(source)) == expected


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("Rollback plan", ChapterKind.ROLLBACK),
        ("Diagnosis Steps", ChapterKind.INVESTIGATION),
        ("Initial triage", ChapterKind.INVESTIGATION),
        ("Impact assessment", ChapterKind.IMPACT),
        ("3️⃣ Verification checklist", ChapterKind.VERIFICATION),
        ("When to use this runbook", ChapterKind.SYMPTOMS),
        ("Mögliche Ursachen", ChapterKind.CAUSES),
        ("Sofortmaßnahmen", ChapterKind.MITIGATION),
        ("Re\u0301solution", ChapterKind.RESOLUTION),
        ("Action plan", ChapterKind.OTHER),
        ("Plan", ChapterKind.OTHER),
        ("Resolution of the domain", ChapterKind.OTHER),
    ],
)
def test_a_heading_is_known_with_the_words_that_people_put_around_its_name(heading: str, kind: ChapterKind) -> None:
    assert chapter_kind(heading) is kind


@pytest.mark.parametrize(
    ("heading", "link"),
    [
        ("🛠️ Fix", "️-fix"),  # as GitHub makes it: the picture goes, what made it one stays
        ("🛠️ Fix", "%EF%B8%8F-fix"),
        ("🛠️ Fix", "-fix"),
        ("Find & fix", "find--fix"),  # GitHub
        ("Find & fix", "find-fix"),  # GitLab
        ("Was ist groß?", "was-ist-groß"),
        ("Redémarrer l'API", "redémarrer-lapi"),
        ("हिन्दी में", "हिन्दी-में"),
        ("m² and ½", "m-and-"),
        ("`kill -9` it, **now**", "kill--9-it-now"),
        ("[Fix](https://example.org) it", "fix-it"),
        ("snake_case", "snake_case"),
    ],
)
def test_a_link_finds_its_heading_as_forges_name_it(heading: str, link: str) -> None:
    asked = f"# T\n\n## Investigation\n\n1. Look\n   - **Yes** → [There](#{link})\n\n"
    source = f"{asked}## Fix\n\n### Other\n\nA.\n\n### {heading}\n\nB.\n"
    parsed = parse_runbook(source.encode(), name="t", path=Path("t.md"))
    assert parsed.faults == ()
    assert [(branch.on, branch.to) for branch in parsed.runbook.structure.steps[0].branches] == [("Yes", 3)]


def test_of_two_headings_of_one_name_a_link_finds_the_one_that_it_counts() -> None:
    asked = "# T\n\n## Investigation\n\n1. Look\n   - **Yes** → [Again](#look-1)\n\n"
    source = f"{asked}## Fix\n\n### Look\n\nA.\n\n### Look\n\nB.\n"
    assert parse(source).structure.steps[0].branches[0].to == 3


def test_a_picture_before_a_verdict_leaves_it_the_verdict() -> None:
    source = (
        "## Checks\n\n1. Look\n   - ✅ **OK** → [Fix](#fix)\n   - ❌ **Failing** → [Fix](#fix)\n\n## Fix\n\n1. Go\n"
    )
    assert [branch.on for branch in parse(source).structure.steps[0].branches] == ["OK", "Failing"]


def test_the_documentation_names_chapters_as_they_are_known() -> None:
    text = (Path(__file__).parents[2] / "docs" / "runbooks.md").read_text(encoding="utf-8")
    rows = text.split("| chapter | also called |")[1].split("\n\n")[0].strip().split("\n")[1:]
    named = {kind.strip(): names.split(", ") for kind, names in (row.strip("| ").split(" | ") for row in rows)}
    assert set(named) == {kind.value for kind in ChapterKind} - {"other"}
    for kind, names in named.items():
        assert {name: chapter_kind(name).value for name in (kind, *names)} == dict.fromkeys((kind, *names), kind)


@pytest.mark.parametrize("head", ["Mögliche Ursache | Lösung | Dauer", "Problème | Que faire | Durée"])
def test_a_table_of_causes_may_be_german_or_french(head: str) -> None:
    steps = parse(f"## Fix\n\n| {head} |\n|---|---|---|\n| a | b | 5 min |\n| c | d | |\n").structure.steps
    assert [(step.title, step.says, step.takes) for step in steps[1:]] == [("a", "b", "5 min"), ("c", "d", "")]
