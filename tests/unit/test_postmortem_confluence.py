"""The review in Confluence's storage format."""

from xml.etree import ElementTree as ET

from hypothesis import given, settings

from bot.postmortem.confluence import TITLE_LIMIT, to_confluence
from tests.support.any_markdown import markdowns
from tests.support.example_review import write
from tests.support.policies import a_policy

AC = "{http://atlassian.com/content}"
SPACES = 'xmlns:ac="http://atlassian.com/content" xmlns:ri="http://atlassian.com/resource/identifier"'


def read(body: str) -> ET.Element:
    return ET.fromstring(f"<page {SPACES}>{body}</page>")


def macros(page: ET.Element, name: str) -> list[ET.Element]:
    return [macro for macro in page.iter(f"{AC}structured-macro") if macro.get(f"{AC}name") == name]


def parameters(macro: ET.Element) -> dict[str | None, str | None]:
    return {one.get(f"{AC}name"): one.text for one in macro.iter(f"{AC}parameter")}


def test_the_title_is_the_pages_and_the_body_begins_with_its_contents() -> None:
    made = to_confluence(f"# Review of <b> {'x' * 300}\n\n## Impact\n")
    assert made.title == f"Review of <b> {'x' * 300}"[:TITLE_LIMIT]
    page = read(made.body)
    assert page[0] is macros(page, "toc")[0]
    assert [element.text for element in page.iter("h2")] == ["Impact"]
    assert page.find("h1") is None


def test_every_citation_leads_to_an_anchor_and_a_row_to_slack() -> None:
    page = read(to_confluence(write(a_policy()).markdown).body)
    anchors = [parameters(macro)[""] for macro in macros(page, "anchor")]
    leads = {link.get(f"{AC}anchor") for link in page.iter(f"{AC}link")}
    assert len(anchors) == len(set(anchors)) > 20
    assert leads <= set(anchors)
    row = to_confluence("| Entry | Time |\n|---|---|\n| [#7](https://s.example/?a=1&b=2) | 10:00:00 |\n").body
    assert (
        '<ac:parameter ac:name="">e7</ac:parameter></ac:structured-macro><a href="https://s.example/?a=1&amp;b=2">#7</a>'
        in row
    )


def test_verdicts_are_lozenges_questions_a_panel_and_code_is_code() -> None:
    page = read(
        to_confluence(
            "| Clock | Verdict |\n|---|---|\n| a | **late** by 2 min |\n| b | OK |\n\n"
            "_To be filled in by Bob: why?_\n\n```sql\nSELECT ']]>' & 1\n```\n"
        ).body
    )
    assert [parameters(macro) for macro in macros(page, "status")] == [
        {"colour": "Red", "title": "late"},
        {"colour": "Green", "title": "OK"},
    ]
    assert "".join(macros(page, "note")[0].itertext()) == "To be filled in by Bob: why?"
    assert "".join(macros(page, "code")[0].itertext()) == "SELECT ']]>' & 1\n"


def test_a_table_has_one_body_whose_first_row_is_of_heads() -> None:
    made = to_confluence("| a | b |\n|---|---|\n| 1 | 2 |\n").body
    assert made.endswith("<table><tbody><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></tbody></table>")
    assert to_confluence("| a |\n|---|\n").body.endswith("<table><tbody><tr><th>a</th></tr></tbody></table>")


def test_the_picture_is_the_attached_file() -> None:
    (image,) = read(to_confluence("words", picture='a"&.svg').body).iter(f"{AC}image")
    assert list(image[0].attrib.values()) == ['a"&.svg']


@settings(max_examples=120, deadline=None)
@given(markdowns())
def test_whatever_people_write_it_is_well_formed_and_links_only_to_the_web(markdown: str) -> None:
    page = read(to_confluence(markdown).body)
    assert all((link.get("href") or "").startswith("https://") for link in page.iter("a"))
    assert not list(page.iter("script"))
    assert {macro.get(f"{AC}name") for macro in page.iter(f"{AC}structured-macro")} <= {
        "toc", "anchor", "status", "note", "code"
    }  # fmt: skip
    anchors = {parameters(macro)[""] for macro in macros(page, "anchor")}
    assert {link.get(f"{AC}anchor") for link in page.iter(f"{AC}link")} <= anchors
