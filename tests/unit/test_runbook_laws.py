"""What holds for every file, whatever is in it."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.domain.runbook_run import END
from bot.runbooks.block_rules import block_parser
from bot.runbooks.blocks import read_block
from bot.runbooks.parse import parse_runbook
from bot.runbooks.print import print_runbook
from bot.runbooks.runbook import Runbook
from bot.runbooks.structure import Structure
from bot.runbooks.words import unnumbered
from bot.runbooks.write import Written, WrittenItem, write_runbook

PATH = Path("a.md")

PIECES = [
    "# Queue backlog",
    "## Symptoms",
    "## 3. 🔍 Investigation:",
    "## Causes & fixes",
    "### Cause 1: the *pool*",
    "### Cause 2: `x`",
    "#### Deeper",
    "Resolution\n==========",
    "### Step 1: look",
    "### Step 2: act",
    "**Step 3: again**",
    "**Fix:**",
    "**Symptoms**",
    "**Notes from March**",
    "## 2️⃣ Lösung",
    "### 🛠️ Find & fix",
    '1. Look\n   - ✅ **OK** → [a]\n   - **No** → [Find](#find-fix "so")',
    "+++\nx = 1\n+++",
    "## Rollback",
    "## Verification",
    "## Escalation",
    "## Prevention",
    "## Notes",
    "Some prose, with `code` and <b>HTML</b>.",
    "Look here:",
    "- one\n- two",
    "1. **First.** More.\n2. Second. More.\n\n   ```check target=db name=locks\n   diag db\n   ```",
    "- [ ] box\n- [x] ticked\n  - **CRITICAL** → [Verification](#verification)",
    "1. Ask\n   - **Yes** → [One](#cause-1-the-pool)\n   - **No** or `WARN` → [Two](#cause-2-x)\n2. Go",
    "- If it hangs, go to [Rollback](#rollback).\n- → [Escalation](#escalation)",
    "→ [Prevention](#prevention)",
    "| Cause | Fix | Time |\n|---|---|---|\n| a \\| b | do → [Notes](#notes) | 5 min |\n| c | d | |",
    "| a |\n|---|",
    "```sql target=a name=b\nselect 1",
    '~~~action restart service="a b"\ndo it\n~~~',
    "<script>\nalert(1)\n</script>",
    "> quoted\n> - [ ] item",
    "---",
    "\t\ttabs",
    "",
    "[a]: #b",
]
junk = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=30)
markdown = st.lists(st.sampled_from(PIECES) | junk, max_size=14).flatmap(
    lambda parts: st.sampled_from(["\n\n", "\n"]).map(lambda between: between.join(parts))
)
words = st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)
entries = st.lists(words, max_size=3)


def parse(source: str) -> Runbook:
    return parse_runbook(source.encode(), name="a-runbook", path=PATH).runbook


def every_rule() -> MarkdownIt:
    """markdown-it as it comes, for blocks."""
    parser = MarkdownIt("commonmark").enable("table")
    parser.core.ruler.enableOnly(["normalize", "block"])
    parser.block.ruler.disable("reference")
    return parser


@given(markdown | junk | st.text(alphabet=" \t\n>-=*+_#`~|<!ab1.:\u0661", max_size=60))
@settings(max_examples=300, deadline=None)
def test_rules_that_first_look_at_a_lines_beginning_find_what_all_rules_find(source: str) -> None:
    assert block_parser().parse(source) == every_rule().parse(source)


@given(markdown | junk)
@settings(max_examples=300, deadline=None)
def test_the_chapters_are_all_of_the_text_and_the_steps_lie_in_theirs(source: str) -> None:
    runbook = parse(source)
    written = runbook.structure
    lines = runbook.text.removesuffix("\n").split("\n") if runbook.text else []
    at = runbook.text_line
    for chapter in written.chapters:
        assert chapter.first == at
        assert chapter.first - 1 <= chapter.about_last <= chapter.last
        at = chapter.last + 1
    assert at == runbook.text_line + len(lines)
    walked = [chapter for chapter in written.chapters if chapter.walked]
    assert {step.phase for step in written.steps} == set(range(len(walked)))
    taken: set[int] = set()
    for step in written.steps:
        chapter = walked[step.phase]
        assert chapter.first <= step.first <= step.last <= chapter.last
        assert 0 < len(step.title) <= 150
        for block in step.blocks:
            assert step.first <= block.line <= step.last
        if not step.pick and not step.says:
            assert taken.isdisjoint(range(step.first, step.last + 1))
            taken |= set(range(step.first, step.last + 1))
    assert [step.phase for step in written.steps] == sorted(step.phase for step in written.steps)


@given(markdown)
@settings(max_examples=300, deadline=None)
def test_every_way_leads_forwards_so_that_no_run_goes_round(source: str) -> None:
    steps = parse(source).structure.steps
    for number, step in enumerate(steps, 1):
        for to in (step.then, *(branch.to for branch in step.branches)):
            assert to == END or number < to <= len(steps)
        assert len({branch.on for branch in step.branches}) == len(step.branches) or step.pick


def shifted(structure: Structure, by: int) -> Structure:
    return Structure(
        chapters=tuple(
            replace(chapter, first=chapter.first - by, last=chapter.last - by, about_last=chapter.about_last - by)
            for chapter in structure.chapters
        ),
        steps=tuple(
            replace(
                step,
                first=step.first - by,
                last=step.last - by,
                blocks=tuple(replace(block, line=block.line - by) for block in step.blocks),
            )
            for step in structure.steps
        ),
    )


def same(runbook: Runbook) -> Runbook:
    """What a print keeps: all but the file's own."""
    structure = shifted(runbook.structure, runbook.text_line)
    return replace(runbook, structure=structure, text_line=1, digest="", lines={})


@st.composite
def files(draw: st.DrawFn) -> str:
    text = draw(markdown | junk)
    if draw(st.booleans()):
        return text
    card = [
        f"{key}: {value}" for key, value in draw(st.dictionaries(st.sampled_from(["title", "owner"]), words)).items()
    ]
    card += [
        f"{key}: {value}" for key, value in draw(st.dictionaries(st.sampled_from(["alerts", "tags"]), entries)).items()
    ]
    card += draw(
        st.sampled_from(
            [[], ["reviewed: 2026-01-31"], ["reviewed: soon"], ["severity: P1"], ["services: [a, 'b c', 1, true]"]]
        )
    )
    return "\n".join(("---", *card, "---", text))


@given(files())
@settings(max_examples=300, deadline=None)
def test_what_is_printed_reads_the_same_and_prints_the_same(source: str) -> None:
    once = parse(source)
    printed = print_runbook(once)
    again = parse(printed)
    assert same(again) == same(once)
    assert print_runbook(again) == printed


HEADINGS = ["Symptoms", "Investigation", "Resolution", "Verification", "Draining the queue", "What we learnt"]
TRICKY = [
    "# no",
    "- no",
    "1. no",
    "12) no",
    "> no",
    "| a |",
    "|-|",
    "---",
    "===",
    "***",
    "```",
    "~~~",
    "<script>",
    "[x](#y)",
    "&amp;",
    "\\",
    ":-",
    "+ no",
    "a_b_c",
    "\tno",
    "C#",
    "[ ] no",
    "5 * 3",
    "2.5 s",
    "e.g. x",
]
texts = st.one_of(st.sampled_from(TRICKY), words, st.lists(words | st.sampled_from(TRICKY), max_size=4).map(" ".join))
titles = texts.map(lambda text: " ".join(text.split())).filter(bool)
blocks = st.tuples(
    st.sampled_from(["", "sh", "check target=db", 'action scale to="a b"', "sql"]),
    st.lists(texts, max_size=3).map("\n".join),
)
items = st.builds(
    lambda first, rest, block, done: WrittenItem(text="\n".join((first, *rest)), block=block, done=done),
    titles, st.lists(texts, max_size=2), st.none() | blocks, st.none() | st.booleans(),
)  # fmt: skip
chapters = st.lists(
    st.builds(
        lambda heading, prose, held: Written(heading=heading, prose="\n".join(prose), items=tuple(held)),
        st.sampled_from(HEADINGS), st.lists(texts | st.just(""), max_size=3), st.lists(items, min_size=1, max_size=3),
    ),
    max_size=4, unique_by=lambda chapter: chapter.heading,
)  # fmt: skip


def shown(line: str) -> str:
    """A line as a title shows it: what cannot be seen is a space, but for what joins signs to one."""
    seen = (ch if ch.isprintable() or ch in "\u200c\u200d" else " " for ch in " ".join(line.split()))
    return " ".join("".join(seen).split())[:150].rstrip()


@given(titles, chapters)
@settings(max_examples=200, deadline=None)
def test_what_is_written_reads_as_its_chapters_and_steps(title: str, written: list[Written]) -> None:
    source = write_runbook(title, written, owner="us", alerts=["A: b"], reviewed=date(2026, 1, 31))
    parsed = parse_runbook(source.encode(), name="a-runbook", path=PATH)
    structure = parsed.runbook.structure
    assert parsed.faults == ()
    assert parsed.runbook.title == title[:150].rstrip()
    assert (parsed.runbook.owner, parsed.runbook.alerts, parsed.runbook.reviewed) == (
        "us",
        ("A: b",),
        date(2026, 1, 31),
    )
    found = [chapter for chapter in structure.chapters if chapter.level == 2]
    assert [chapter.title for chapter in found] == [unnumbered(chapter.heading) for chapter in written]
    walked = [chapter for chapter in written if chapter.heading != "Symptoms"]
    assert [chapter.title for chapter in found if chapter.walked] == [chapter.heading for chapter in walked]
    steps = [(chapter.heading, item) for chapter in walked for item in chapter.items]
    assert len(structure.steps) == len(steps)
    for step, (heading, item) in zip(structure.steps, steps, strict=True):
        assert structure.phases[step.phase] == heading
        assert step.title == (shown(item.text.split("\n")[0]).rstrip(" .:") or step.title)
        expected = read_block(item.block[0], item.block[1], 1) if item.block else None
        assert [(b.language, b.words, b.named, b.body) for b in step.blocks] == (
            [(expected.language, expected.words, expected.named, expected.body)] if expected else []
        )
        assert step.branches == ()


@pytest.mark.parametrize(
    "piece",
    [
        "# a\n",
        "- a\n",
        "> - a\n",
        "1. - [ ] **a** → [b](#a)\n",
        "```x target=\n```\n",
        "| cause | fix |\n|-|-|\n| a | b |\n\n",
        "**a**\n\n",
        "<a ",
        "[a](#",
        "`` ` ",
        "\\`",
        "*a",
    ],
)
@pytest.mark.timeout(60)
def test_a_file_of_nothing_but_one_thing_loads(piece: str) -> None:
    size = 200_000
    for source in ("# Causes\n" + piece * (size // len(piece)), "# Fix\n1. " + piece * (size // len(piece))):
        runbook = parse_runbook(source[:size].encode(), name="a", path=Path("a.md")).runbook
        assert runbook.structure.chapters[-1].last == source[:size].removesuffix("\n").count("\n") + 1
