"""The versions of a review: what people wrote stays, whoever else writes, and everything is there to be read."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from bot.application import review_editing
from bot.application.execute import Muster
from bot.application.integrity import verify
from bot.application.review import write_review
from bot.application.review_editing import FILE_LIMIT, OtherReview, edit_section, import_file, stamped
from bot.domain import commands as c
from bot.domain.actor import MUSTER, Actor
from bot.domain.errors import MissingText, NoReview, TooLong, UnknownIncident
from bot.postmortem.parts import split
from bot.store import incidents, reviews
from bot.store import timeline as log
from bot.store.reviews import Review

ALICE, BOB, ERIN = Actor.person("U0ALICE"), Actor.person("U0BOB"), Actor.person("U0ERIN")
LEARNED = "What we learned"


class Told:
    """An incident with a review."""

    def __init__(self, muster: Muster, incident_id: int, ref: str) -> None:
        self.muster, self.id, self.ref = muster, incident_id, ref

    async def note(self, words: str) -> None:
        await self.muster.execute(c.AddNote(by=BOB, text=words), incident_id=self.id)

    async def regenerated(self) -> Review:
        return await write_review(self.muster, self.id, {})

    async def newest(self) -> Review:
        async with self.muster.database.transaction() as connection:
            found = await reviews.newest(connection, self.id)
        assert found is not None
        return found

    async def versions(self) -> Sequence[Review]:
        async with self.muster.database.transaction() as connection:
            return await reviews.versions(connection, self.id)

    async def kinds(self) -> list[str]:
        async with self.muster.database.transaction() as connection:
            return [row["kind"] for row in await log.rows_of(connection, self.id)]

    async def file(self, by: Actor = ALICE) -> str:
        return (await stamped(self.muster, self.ref, by=by))[1]


async def _told(muster: Muster, *, private: bool = False) -> Told:
    done = await muster.execute(c.Declare(by=ALICE, title="Checkout is down", severity="P1", private=private))
    await muster.execute(c.Resolve(by=ALICE, summary="rolled back"), incident_id=done.incident_id)
    told = Told(muster, done.incident_id, done.incident.ref)
    await told.regenerated()
    return told


@pytest.fixture
async def told(muster: Muster) -> Told:
    return await _told(muster)


def _section(markdown: str, title: str) -> str:
    return next(part.text for part in split(markdown) if part.title == title)


async def test_a_regeneration_keeps_what_people_wrote_and_brings_what_is_new(muster: Muster, told: Told) -> None:
    await edit_section(muster, told.ref, LEARNED, "Pools need alerts.", seen=1, by=ALICE)
    await told.note("The pool was at 98 %")
    third = await told.regenerated()
    assert third.version == 3
    assert _section(third.markdown, LEARNED).strip() == "Pools need alerts."
    assert "The pool was at 98 %" in third.markdown
    assert "Pools need alerts." not in third.generated
    assert not (await verify(muster.database, told.ref)).faults


async def test_what_a_process_of_the_version_before_drafted_over_peoples_words_has_them_again_with_the_next(
    muster: Muster, told: Told
) -> None:
    await edit_section(muster, told.ref, LEARNED, "Pools need alerts.", seen=1, by=ALICE)
    for version, words in ((3, "Of then"), (4, "Of then, and more")):
        async with muster.database.transaction() as connection:
            made = await reviews.add(connection, told.id, markdown=f"# {words}\n", generated=f"# {words}\n", upto=2)
        record = c.RecordReview(by=MUSTER, version=version, digest=made.digest, upto=2)
        await muster.execute(record, incident_id=told.id)
    await told.note("The pool was at 98 %")
    assert _section((await told.regenerated()).markdown, LEARNED).count("Pools need alerts.") == 1
    await told.note("It is at 10 %")
    assert _section((await told.regenerated()).markdown, LEARNED).count("Pools need alerts.") == 1


async def test_an_edit_of_an_older_version_joins_what_was_written_since(muster: Muster, told: Told) -> None:
    await edit_section(muster, told.ref, LEARNED, "From Bob.", seen=1, by=BOB)
    await told.note("Something else")
    await told.regenerated()
    edited = await edit_section(muster, told.ref, LEARNED, "From Alice.", seen=1, by=ALICE)
    lessons = _section(edited.review.markdown, LEARNED)
    assert "From Bob." in lessons
    assert "From Alice." in lessons
    assert (edited.review.by, edited.review.via, edited.review.sections) == (ALICE, "slack", (LEARNED,))
    assert "Something else" in edited.review.markdown


async def test_of_writers_at_once_nobody_loses_a_word_and_each_version_is_in_the_record(
    muster: Muster, told: Told
) -> None:
    await told.note("While they wrote")
    file = (await told.file()).replace(f"## {LEARNED}\n", f"## {LEARNED}\n\nFrom a file.\n")
    await asyncio.gather(
        edit_section(muster, told.ref, LEARNED, "From Alice.", seen=1, by=ALICE),
        edit_section(muster, told.ref, LEARNED, "From Bob.", seen=1, by=BOB),
        import_file(muster, told.ref, file, by=ERIN),
        told.regenerated(),
    )
    newest = await told.newest()
    for words in ("From Alice.", "From Bob.", "From a file.", "While they wrote"):
        assert words in newest.markdown
    assert [one.version for one in await told.versions()] == list(range(1, newest.version + 1))
    kinds = await told.kinds()
    assert kinds.count("review_edited") + kinds.count("review_drafted") == newest.version
    assert not (await verify(muster.database, told.ref)).faults


async def test_a_file_of_an_older_version_is_merged_and_its_stamp_is_not_kept(muster: Muster, told: Told) -> None:
    file = await told.file()
    await edit_section(muster, told.ref, LEARNED, "Said in Slack.", seen=1, by=BOB)
    edited = await import_file(muster, told.ref, file.replace("\n", "\r\n") + "\r\n", by=ALICE)
    assert edited.review.version == 2, "it says nothing new, and takes nothing away"
    written = file.replace("<!-- muster", "## Thanks\n\nTo Dana.\n\n<!-- muster")
    edited = await import_file(muster, told.ref, f"\ufeff{written}", by=ALICE)
    assert (edited.review.version, edited.review.via, edited.review.sections) == (3, "file", ("Thanks",))
    assert "Said in Slack." in edited.review.markdown
    assert "To Dana." in edited.review.markdown
    assert "<!-- muster" not in edited.review.markdown


async def test_what_nobody_can_see_or_store_is_left_out_of_what_was_written(muster: Muster, told: Told) -> None:
    hostile = "a\0b\x1b[31m\ud800c\u202ed\u0085e"
    await edit_section(muster, told.ref, LEARNED, hostile, seen=1, by=ALICE)
    file = (await told.file()).replace(f"## {LEARNED}\n", f"## {LEARNED}\n\n{hostile}!\n")
    edited = await import_file(muster, told.ref, file, by=BOB)
    lessons = _section(edited.review.markdown, LEARNED)
    assert lessons.split() == ["ab[31mcd", "e!", "ab[31mcd", "e"]
    assert not (await verify(muster.database, told.ref)).faults


async def test_a_file_that_cannot_be_taken_over_says_why_and_changes_nothing(muster: Muster, told: Told) -> None:
    other = (await told.file()).replace(told.ref, "INC-2020-01-01-001")
    with pytest.raises(OtherReview) as wrong:
        await import_file(muster, told.ref, other, by=ALICE)
    assert (
        wrong.value.sentence
        == f"The file is the review of INC-2020-01-01-001, not of {told.ref}: nothing was taken over."
    )
    with pytest.raises(TooLong):
        await import_file(muster, told.ref, "x" * (FILE_LIMIT + 1), by=ALICE)
    with pytest.raises(TooLong):
        await edit_section(muster, told.ref, LEARNED, "x" * (FILE_LIMIT + 1), seen=1, by=ALICE)
    with pytest.raises(MissingText):
        await import_file(muster, told.ref, " \n\0\n", by=ALICE)
    assert (await told.newest()).version == 1


async def test_a_file_with_thousands_of_sections_names_a_few_of_them(muster: Muster, told: Told) -> None:
    many = "".join(f"## {number} {'x' * 300}\n\nwords\n\n" for number in range(2_000))
    edited = await import_file(
        muster, told.ref, (await told.file()).replace("<!-- muster", f"{many}<!-- muster"), by=ALICE
    )
    assert len(edited.review.sections) == 50
    assert max(len(title) for title in edited.review.sections) == 200


async def test_what_is_published_is_not_written_again_but_people_may_correct_it(muster: Muster, told: Told) -> None:
    muster.policy = replace(muster.policy, review=replace(muster.policy.review, approvals=0))
    await muster.execute(c.PublishReview(by=ALICE), incident_id=told.id)
    await told.note("Too late")
    assert (await told.regenerated()).version == 1
    assert "Too late" not in (await told.newest()).markdown
    edited = await edit_section(muster, told.ref, LEARNED, "A correction.", seen=1, by=ALICE)
    assert edited.review.version == 2


async def test_the_same_text_is_no_new_version_and_a_repeated_delivery_has_no_second_effect(
    muster: Muster, told: Told
) -> None:
    first = await edit_section(muster, told.ref, LEARNED, "Once.", seen=1, by=ALICE, key="view-1")
    same = await edit_section(muster, told.ref, LEARNED, "Once.", seen=first.review.version, by=ALICE)
    assert same.review.version == 2
    assert (await import_file(muster, told.ref, await told.file(), by=ALICE)).review.version == 2
    # Somebody took the words away meanwhile, and Slack delivers them again.
    await import_file(muster, told.ref, (await told.file()).replace("Once.\n", ""), by=BOB)
    again = await edit_section(muster, told.ref, LEARNED, "Once.", seen=1, by=ALICE, key="view-1")
    assert again.review.version == 3
    assert [one.version for one in await told.versions()] == [1, 2, 3]


async def test_the_history_says_who_changed_what_and_two_versions_can_be_compared(muster: Muster, told: Told) -> None:
    await edit_section(muster, told.ref, LEARNED, "Pools need alerts.", seen=1, by=ALICE)
    found = await review_editing.history(muster, told.ref, by=BOB)
    assert [(one.version, one.via) for one, _ in found] == [(1, "draft"), (2, "slack")]
    assert not found[0][1]
    assert LEARNED in found[1][1]
    difference = await review_editing.difference(muster, told.ref, 1, 2, by=BOB)
    assert "+Pools need alerts." in difference
    with pytest.raises(NoReview):
        await review_editing.difference(muster, told.ref, 1, 9, by=BOB)


async def test_a_private_incidents_review_is_closed_to_strangers(muster: Muster) -> None:
    told = await _told(muster, private=True)
    with pytest.raises(UnknownIncident):
        await stamped(muster, told.ref, by=ERIN)
    with pytest.raises(UnknownIncident):
        await review_editing.history(muster, told.ref, by=ERIN)
    with pytest.raises(UnknownIncident):
        await review_editing.difference(muster, told.ref, 1, 1, by=ERIN)
    with pytest.raises(UnknownIncident):
        await edit_section(muster, told.ref, LEARNED, "Mine", seen=1, by=ERIN)
    with pytest.raises(UnknownIncident):
        await import_file(muster, told.ref, "## Lessons\n\nMine\n", by=ERIN)
    edited = await edit_section(muster, told.ref, LEARNED, "Mine", seen=1, by=ALICE)
    assert edited.review.version == 2


async def test_a_draft_that_was_read_earlier_never_stands_in_place_of_one_that_tells_of_more(
    muster: Muster, told: Told
) -> None:
    async with muster.database.transaction() as connection:
        stored = await incidents.lock(connection, ref=told.ref)
        assert stored is not None
        ahead = "# Of a later time\n\n## Lessons\n\nlater\n"
        digest = hashlib.sha256(ahead.encode()).hexdigest()
        await reviews.add(connection, told.id, markdown=ahead, generated=ahead, upto=1_000)
        await muster.execute_in(
            connection, c.RecordReview(by=BOB, version=2, digest=digest, upto=1_000), incident_id=told.id
        )
    assert (await told.regenerated()).markdown == ahead
    assert (await told.newest()).version == 2


@pytest.mark.parametrize("kind", ["review_drafted", "review_edited"])
async def test_verify_finds_a_version_that_was_altered_whoever_wrote_it(muster: Muster, told: Told, kind: str) -> None:
    await edit_section(muster, told.ref, LEARNED, "Pools need alerts.", seen=1, by=ALICE)
    assert not (await verify(muster.database, told.ref)).faults
    version = 1 if kind == "review_drafted" else 2
    async with muster.database.transaction() as connection:
        forge = text(
            "update reviews set markdown = replace(markdown, 'rolled back', 'ignored') where version = :version"
        )
        await connection.execute(forge, {"version": version})
    [fault] = (await verify(muster.database, told.ref)).faults
    assert f"version {version} of the review was altered" in fault


_STEPS = st.lists(
    st.tuples(
        st.sampled_from(["slack", "file", "again"]),
        st.sampled_from([LEARNED, "Summary", "What went well", "Notes of ours"]),
        st.integers(1, 4),
    ),
    min_size=2,
    max_size=6,
)


@given(steps=_STEPS)
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
async def test_no_line_that_somebody_adds_is_lost_whatever_comes_in_between(
    muster: Muster, steps: list[tuple[str, str, int]]
) -> None:
    told = await _told(muster)
    lines: list[str] = []
    for number, (how, title, back) in enumerate(steps):
        newest = await told.newest()
        seen = max(newest.version - back + 1, 1)
        line = f"Line {number} of somebody."
        if how == "again":
            await told.note(f"Note {number}")
            await told.regenerated()
            assert f"Note {number}" in (await told.newest()).markdown
            continue
        async with muster.database.transaction() as connection:
            base = await reviews.version(connection, told.id, seen)
        assert base is not None
        there = next((part.text.strip() for part in split(base.markdown) if part.title == title), "")
        if how == "slack":
            await edit_section(muster, told.ref, title, f"{there}\n\n{line}", seen=seen, by=ALICE)
        else:
            file = f"{base.markdown}\n{line}\n\n<!-- muster {told.ref} version {seen} -->\n"
            await import_file(muster, told.ref, file, by=BOB)
        lines.append(line)
        markdown = (await told.newest()).markdown
        assert [one for one in lines if one not in markdown] == []
    assert not (await verify(muster.database, told.ref)).faults
