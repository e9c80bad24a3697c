"""People's words survive a review that is written anew."""

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.postmortem.draft import draft
from bot.postmortem.merging import Kept, Merged, Why, merge
from tests.support.any_story import POLICY, stories
from tests.support.timelines import Story

ASKED = "_To be filled in by the incident commander (nobody yet): why?_"
ASKED_DANA = "_To be filled in by the incident commander (Dana): why?_"
HEAD = "| Entry | What |\n|---|---|"

GENERATED = (
    HEAD,
    "| #1 | a |",
    "| #2 | b |",
    ASKED,
    ASKED_DANA,
    "- one (#2)",
    "> said",
    ">",
    "— Dana",
    "x",
    "",
    "### Day",
)
OWN = ("my words", "| #9 | mine |", "- mine", "> mine", "```sh", "~~~", "### mine", "## Mine", "## Z", "| A | B | C |")


@st.composite
def documents(draw: st.DrawFn) -> str:
    """A document as a generator writes it: each section once, well-formed tables."""
    titles = draw(st.lists(st.sampled_from(("## A", "## B", "## C", "## D")), unique=True))
    bodies = [draw(st.lists(st.sampled_from(GENERATED), max_size=5)) for _ in range(len(titles) + 1)]
    return "\n".join(
        line for title, body in zip(["# Top", *titles], bodies, strict=True) for line in (title, *body, "")
    )


@st.composite
def edited(draw: st.DrawFn, text: str, words: tuple[str, ...]) -> str:
    """The text with lines put in, replaced, removed and moved."""
    lines = text.split("\n")
    for what in draw(st.lists(st.sampled_from(("put", "replace", "remove", "move")), max_size=5)):
        at = draw(st.integers(0, len(lines)))
        word = draw(st.sampled_from(words))
        if what == "put":
            lines.insert(at, word)
        elif what == "replace":
            lines[at : at + 1] = [word]
        elif what == "remove":
            del lines[at : at + 1]
        elif lines:
            lines.insert(at, lines.pop(draw(st.integers(0, len(lines) - 1))))
    return "\n".join(lines)


@st.composite
def threes(draw: st.DrawFn, words: tuple[str, ...] = OWN + GENERATED) -> tuple[str, str, str]:
    base = draw(documents())
    mine = draw(edited(base, words))
    theirs = draw(st.one_of(edited(base, GENERATED), documents()))
    return base, mine, theirs


def own(base: str, mine: str) -> list[str]:
    """The lines that people added."""
    known = set(base.replace("\r\n", "\n").split("\n"))
    return [line for line in mine.replace("\r\n", "\n").split("\n") if line.strip() and line not in known]


@settings(max_examples=300, deadline=None)
@given(threes())
def test_every_line_that_people_added_stays(three: tuple[str, str, str]) -> None:
    base, mine, theirs = three
    result = merge(base, mine, theirs).text.split("\n")
    assert [line for line in own(base, mine) if line not in result] == []


@settings(max_examples=200, deadline=None)
@given(threes())
def test_where_only_one_side_changed_its_text_is_the_result(three: tuple[str, str, str]) -> None:
    base, mine, theirs = three
    assert merge(base, base, theirs) == Merged(theirs)
    assert merge(base, mine, base) == Merged(mine)
    assert merge(base, mine, mine) == Merged(mine)


# Of people's own words only: a second copy of a generated line may be taken for the generated one the next time.
@settings(max_examples=200, deadline=None, derandomize=True)
@given(threes(OWN))
def test_merging_again_changes_nothing(three: tuple[str, str, str]) -> None:
    base, mine, theirs = three
    once = merge(base, mine, theirs).text
    assert merge(base, once, theirs).text == once
    assert merge(theirs, once, theirs).text == once


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_any_text_can_be_merged(base: str, mine: str, theirs: str) -> None:
    # Space at the end of a line is no word.
    base, mine, result = (
        "\n".join(line.rstrip() for line in text.split("\n")) for text in (base, mine, merge(base, mine, theirs).text)
    )
    assert [line for line in own(base, mine) if line not in result.split("\n")] == []


@settings(max_examples=15, deadline=None)
@given(stories(), st.data())
def test_people_keep_their_words_through_a_real_draft(story: Story, data: st.DataObject) -> None:
    incident = story.incident
    base = draft(incident, story.entries, POLICY, now=story.now, names={"U0BOB": "Robert"}).markdown
    theirs = draft(incident, story.entries, POLICY, now=story.now, names={"U0BOB": "Bob", "U0DANA": "Dana"}).markdown
    mine = data.draw(edited(base, ("my words", "my other words", "- my item")))
    result = merge(base, mine, theirs).text
    assert [line for line in own(base, mine) if line not in result.split("\n")] == []
    assert merge(base, result, theirs).text == result


def document(**sections: str) -> str:
    return "# Review\n" + "".join(f"\n## {title}\n\n{text}\n" for title, text in sections.items())


def test_an_answer_stays_when_the_question_gets_other_words() -> None:
    base, mine = document(Cause=ASKED, Next="a"), document(Cause="The pool was small.", Next="a")
    merged = merge(base, mine, document(Cause=ASKED_DANA, Next="b"))
    assert merged == Merged(document(Cause="The pool was small.", Next="b"))


def test_a_question_that_nobody_answered_gets_its_new_words() -> None:
    mine = document(Cause=f"{ASKED}\n\nWe look into it.", Next="a")
    merged = merge(document(Cause=ASKED, Next="a"), mine, document(Cause=ASKED_DANA, Next="b"))
    assert merged == Merged(document(Cause=f"{ASKED_DANA}\n\nWe look into it.", Next="b"))


def test_a_new_question_is_asked_beside_an_answer() -> None:
    other = "_To be filled in by Sam, who led it: what should change in “Pool”?_"
    mine = document(Cause="The pool was small.")
    assert merge(document(Cause=ASKED), mine, document(Cause=f"{ASKED}\n\n{other}")).text == document(
        Cause=f"The pool was small.\n\n{other}"
    )


def test_an_answer_and_what_the_timeline_says_now_both_stand() -> None:
    said = "> A deploy.\n\n— Dana (#9)"
    merged = merge(document(Cause=ASKED), document(Cause="The pool was small."), document(Cause=said))
    assert merged.text == document(Cause=f"{said}\n\nThe pool was small.")
    assert merged.kept == (Kept("Cause", Why.BOTH_CHANGED, "> A deploy.\n— Dana (#9)", "The pool was small."),)


def test_no_question_comes_over_an_answer_when_the_timeline_unsays_its_own() -> None:
    merged = merge(document(Cause="> A deploy."), document(Cause="The pool was small."), document(Cause=ASKED))
    assert merged.text == document(Cause="The pool was small.")


def test_where_both_changed_a_line_both_stand() -> None:
    merged = merge(document(A="one\n\ntwo\n\nend"), document(A="one\n\nmine\n\nend"), document(A="one\n\nnew\n\nend"))
    assert merged.text == document(A="one\n\nnew\n\nmine\n\nend")
    assert merged.kept == (Kept("A", Why.BOTH_CHANGED, "new", "mine"),)


def test_changes_to_neighbouring_lines_are_no_conflict() -> None:
    merged = merge(document(A="- a\n- b\n- c"), document(A="- mine\n- b\n- c"), document(A="- a\n- new\n- c"))
    assert merged == Merged(document(A="- mine\n- new\n- c"))


def test_what_people_removed_stays_away_until_the_generator_changes_it() -> None:
    base, mine = document(A="- a\n- b\n- c", B="x"), document(A="- a\n- c", B="x")
    assert merge(base, mine, document(A="- a\n- b\n- c", B="y")).text == document(A="- a\n- c", B="y")
    assert merge(base, mine, document(A="- a\n- b!\n- c", B="y")).text == document(A="- a\n- b!\n- c", B="y")


def test_a_row_that_people_added_stays_in_its_table() -> None:
    rows = f"{HEAD}\n| #1 | a |\n| #2 | b |"
    merged = merge(
        document(A=f"{rows}\n\nend"),
        document(A=f"{rows}\n| #3 | mine |\n\nend"),
        document(A=f"{rows}\n| #3 | c |\n\nend"),
    )
    assert merged == Merged(document(A=f"{rows}\n| #3 | c |\n| #3 | mine |\n\nend"))


def test_prose_within_a_table_goes_behind_it() -> None:
    base = document(A=f"{HEAD}\n| #1 | a |\n| #2 | b |\n\nend")
    mine = document(A=f"{HEAD}\n| #1 | a |\n\nThis was me.\n| #2 | b |\n\nend")
    merged = merge(base, mine, document(A=f"{HEAD}\n| #1 | a |\n| #2 | b |\n| #3 | c |\n\nend"))
    assert merged.text == document(A=f"{HEAD}\n| #1 | a |\n| #2 | b |\n| #3 | c |\n\nThis was me.\n\nend")


def test_a_row_whose_table_is_gone_or_got_other_columns_brings_its_head() -> None:
    base, mine = document(A=f"{HEAD}\n| #1 | a |"), document(A=f"{HEAD}\n| #1 | a |\n| #9 | mine |")
    wider = "| Entry | Who | What |\n|---|---|---|\n| #1 | Bob | a |"
    assert merge(base, mine, document(A="Nothing.")).text == document(A=f"Nothing.\n\n{HEAD}\n| #9 | mine |")
    assert merge(base, mine, document(A=wider)).text == document(A=f"{wider}\n\n{HEAD}\n| #9 | mine |")


def test_an_editor_that_lines_up_a_table_changes_nothing() -> None:
    mine = document(A="| Entry | What |\n|-------|------|\n| #1    | a    |\n| #2    | mine |")
    merged = merge(document(A=f"{HEAD}\n| #1 | a |"), mine, document(A=f"{HEAD}\n| #1 | b |"))
    assert merged.text == document(A="| Entry | What |\n|-------|------|\n| #1 | b |\n| #2    | mine |")


def test_words_in_a_section_that_is_not_generated_any_more_stay_at_their_place() -> None:
    base = document(A="a", Alerts="3 alerts.\n\nAll clear.", Z="z")
    mine = document(A="a", Alerts="3 alerts.\n\nOne was ours.\n\nAll clear.", Z="z")
    merged = merge(base, mine, document(A="a", Z="z"))
    assert merged.text == document(A="a", Alerts="One was ours.", Z="z")
    assert merged.kept == (Kept("Alerts", Why.NOT_GENERATED, "", "One was ours."),)
    assert merge(base, base.replace("# Review", "# Ours"), document(A="a", Z="z")).text == "# Ours" + document(
        A="a", Z="z"
    ).removeprefix("# Review")


def test_a_section_that_people_removed_stays_away_and_its_news_are_told() -> None:
    merged = merge(document(A="a", B="b", C="c"), document(A="a", C="mine"), document(A="a", B="new", C="c"))
    assert merged == Merged(document(A="a", C="mine"), (Kept("B", Why.LEFT_OUT, "new", ""),))


def test_a_section_of_peoples_own_stays_behind_the_one_that_it_follows() -> None:
    mine = document(A="a", Ours="us", B="b")
    merged = merge(document(A="a", B="b"), mine, document(A="x", New="n", B="b"))
    assert merged.text == document(A="x", Ours="us", New="n", B="b")


def test_a_section_under_another_heading_goes_on_being_written() -> None:
    mine = document(Why=f"{ASKED}\n\nWords.", B="b")
    merged = merge(document(Cause=ASKED, B="b"), mine, document(Cause="> A deploy.", B="b"))
    assert merged.text == document(Why="> A deploy.\n\nWords.", B="b")


def test_sections_stay_where_people_moved_them() -> None:
    mine = document(C="c", A="a", B="mine")
    merged = merge(document(A="a", B="b", C="c"), mine, document(A="x", New="n", B="b", C="c"))
    assert merged.text == document(C="c", A="x", New="n", B="mine")


def test_a_file_from_another_system_with_other_line_ends_is_the_same_text() -> None:
    base, theirs = document(A="a", B="b"), document(A="a", B="c")
    assert merge(base, base.replace("\n", "\r\n"), theirs) == Merged(theirs)
    assert merge(base, document(A="mine", B="b").replace("\n", "\r\n"), theirs).text == document(A="mine", B="c")


def test_a_fence_that_people_left_open_takes_in_no_other_section() -> None:
    merged = merge(document(A="a", B="b"), document(A="a\n\n```sh\nls", B="b"), document(A="a", B="```\nc\n```"))
    assert merged.text == document(A="a\n\n```sh\nls\n```", B="```\nc\n```")


def test_a_line_of_peoples_that_reads_as_a_generated_one_is_kept() -> None:
    question = "_To be filled in by the scribe (Dana): what did it cost?_"
    base = f"# T\n\n## A\n\nNone.\n\n{question}\n"
    mine = "# T\n\n## A\n\nNone.\n\nNone.\n"
    assert "None." in merge(base, mine, "# T\n\n## A\n\nSome.\n").text


def test_a_question_about_something_else_is_asked_though_another_was_answered() -> None:
    base = "# T\n\n## A\n\n_To be filled in by the scribe (Dana): would a runbook have helped?_\n"
    mine = "# T\n\n## A\n\nNo.\n"
    theirs = "# T\n\n## A\n\n_To be filled in by the scribe (Dana): what should change in the pool's steps?_\n"
    merged = merge(base, mine, theirs).text
    assert "No." in merged
    assert "what should change" in merged
