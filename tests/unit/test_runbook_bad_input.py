"""What is wrong in a file is told with its line, and the rest of it, and of the folder, is there."""

from pathlib import Path

import pytest

from bot.runbooks.catalogue import Catalogue
from bot.runbooks.parse import Parsed, parse_runbook


def parse(source: str | bytes) -> Parsed:
    content = source.encode() if isinstance(source, str) else source
    return parse_runbook(content, name="api-down", path=Path("api-down.md"))


STEPS = "# Down\n\n1. Look\n2. Restart\n"


@pytest.mark.parametrize(
    ("source", "line", "message"),
    [
        (STEPS.encode("utf-16"), 1, "This is UTF-16. Save the file as UTF-8."),
        (b"\xfe\xff" + STEPS.encode("utf-16-be"), 1, "This is UTF-16. Save the file as UTF-8."),
        (STEPS.replace("Look", "L\u00f6ok").encode("latin-1"), 3, "This is not UTF-8 text. Save the file as UTF-8."),
        (b"# Down\r\r1. Look\0\r2. Restart\r", 3, "This is not UTF-8 text. Save the file as UTF-8."),
        (f"+++\ntitle = 'x'\n+++\n{STEPS}", 1, "Front matter is YAML here. Write it between two lines of “---”."),
        (f"---\ntitle: [x\n---\n{STEPS}", 3, "This is not YAML"),
        (f"---\ntitle:\tx\n\towner: a\n---\n{STEPS}", 2, "This is not YAML"),
        (f"---\nowner: a\nOwner: b\n---\n{STEPS}", 3, "`owner` is here twice, the other time in line 2."),
        (f"---\nservice: a\n\nservices: [b]\n---\n{STEPS}", 4, "`services` is here twice, the other time in line 2."),
        (f"\n\n---\nownr: us\n---\n{STEPS}", 4, "The key “ownr” is not used. Did you mean `owner`?"),
        (f"\n---\nowner: [us\n---\n{STEPS}", 4, "This is not YAML"),
        (f"\n---\nowner: us\n\n{STEPS}", 2, "The front matter does not end."),
        (f"{STEPS}   ```sh\n   ls\n", 5, "This block does not end. Close it with a line of ```"),
        (f"{STEPS}\n<script>\nalert(1)\n</script>\n", 6, "HTML is shown as text."),
        (f"{STEPS}   - **Yes** → [Down](#down)\n", 5, "A branch leads forwards, and “#down” is not behind this step."),
        (f"{STEPS}   - **Yes** → [Up](#up)\n", 5, "No heading here is called “#up”, so this leads nowhere."),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_the_steps_are_there(
    source: str | bytes, line: int, message: str
) -> None:
    parsed = parse(source)
    (fault,) = parsed.faults
    assert fault.line == line
    assert message in fault.message
    assert parsed.runbook.title == "Down"
    assert len(parsed.runbook.structure.steps) == 2


def test_front_matter_below_empty_lines_counts() -> None:
    runbook = parse(f"\n\n---\nowner: us\n---\n{STEPS}").runbook
    assert (runbook.owner, runbook.text_line, runbook.lines["owner"]) == ("us", 6, 4)


@pytest.mark.parametrize(
    "link",
    ['[End](#end "in the end")', "[End](#end 'so')", "[End](<#end>)", "[the end]", "[there][the end]", "[The End][]"],
)
def test_a_branch_may_be_any_of_markdowns_links(link: str) -> None:
    asked = f"## Checks\n\n1. Look\n   - **Yes** → {link}\n2. Go\n\n"
    parsed = parse(f"{asked}## Fix\n\n### End\n\nOver.\n\n[the end]: #end\n")
    assert parsed.faults == ()
    assert [(branch.on, branch.to) for branch in parsed.runbook.structure.steps[0].branches] == [("Yes", 3)]


def test_a_label_that_nothing_explains_is_no_link() -> None:
    text = "## Checks\n\n1. Look\n   - **Yes** → [elsewhere]\n\n## Fix\n\n1. Go\n\n[there]: #fix\n"
    assert parse(text).runbook.structure.steps[0].branches == ()


@pytest.mark.parametrize(
    "source",
    [
        ">" * 20_000 + " a",
        ("> " * 300 + "- [ ] a\n") * 300,
        "\n".join("  " * depth + "- a" for depth in range(1_200)),
        "1. " * 20_000 + "a",
        "|a" * 20_000 + "|\n" + "|-" * 20_000 + "|\n" + "|b" * 20_000 + "|\n",
        "# Fix\n\n1. [a](#" + "a(" * 200_000 + ")",
        "[a]: #b\n\n" + "[" * 200_000 + "a" + "]" * 200_000,
        "[a]: #b\n\n" + "[a][" * 200_000,
        "".join(f"[l{n}]: #b\n" for n in range(9_000)) + "[l5]" * 50_000,
        "# Fix\n\n" + "".join(f"1. a\n   - **Yes** → [x](#x{n})\n\n### x{n}\n\n" for n in range(2_000)),
    ],
)
@pytest.mark.timeout(20)
def test_no_file_takes_long(source: str) -> None:
    runbook = parse(source).runbook
    assert runbook.structure.chapters[-1].last == runbook.text.removesuffix("\n").count("\n") + 1


def test_links_to_nowhere_and_in_a_circle_are_told_by_name(tmp_path: Path) -> None:
    (tmp_path / "whole.md").write_text(STEPS)
    (tmp_path / "gone.md").symlink_to(tmp_path / "absent.md")
    (tmp_path / "round.md").symlink_to(tmp_path / "round.md")
    catalogue = Catalogue([tmp_path])
    assert [runbook.name for runbook in catalogue.list()] == ["whole"]
    assert [(Path(fault.file).name, fault.message) for fault in catalogue.faults()] == [
        ("gone.md", "The file cannot be read: No such file or directory."),
        ("round.md", "The file cannot be read: Too many levels of symbolic links."),
    ]


def test_files_may_have_any_name(tmp_path: Path) -> None:
    names = ["two words.md", "Überlauf.md", "données/lente.md", "🔥.MD", "a'b\"c.markdown"]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(STEPS)
    found = Catalogue([tmp_path]).list()
    assert {runbook.name for runbook in found} == {str(Path(name).with_suffix("")) for name in names}
