"""Which runbooks are suggested and found, in which order, and with which reasons."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.runbook_run import Branch
from bot.runbooks.clues import clues_of
from bot.runbooks.matching import Known, body_of, search, suggest
from bot.runbooks.runbook import Runbook
from bot.runbooks.structure import Chapter, ChapterKind, Step, Structure

_HEAD = 5


def _runbook(
    name: str,
    text: str = "",
    /,
    *chapters: tuple[ChapterKind, int, int],
    alerts: tuple[str, ...] = (),
    services: tuple[str, ...] = (),
    symptoms: tuple[str, ...] = (),
    tags: tuple[str, ...] = (),
) -> Runbook:
    """A runbook whose text begins in line 5; chapters by their kind and by the lines of the text, from 1."""
    found = tuple(
        Chapter(
            kind=kind,
            title=kind.value,
            level=2,
            first=first + _HEAD - 1,
            last=last + _HEAD - 1,
            about_last=last + _HEAD - 1,
            walked=False,
        )
        for kind, first, last in chapters
    )
    return Runbook(
        name=name,
        title=name.replace("-", " ").capitalize(),
        text=text,
        digest="",
        path=Path(f"{name}.md"),
        text_line=_HEAD,
        structure=Structure(chapters=found),
        alerts=alerts,
        services=services,
        symptoms=symptoms,
        tags=tags,
    )


def _suggested(
    runbooks: list[Runbook], words: str, *, service: str | None = None, most: int = 5
) -> dict[str, tuple[str, ...]]:
    """Reasons by the runbook's name, the likeliest first."""
    known = [Known(runbook, clues_of(runbook)) for runbook in runbooks]
    return {one.runbook.name: one.reasons for one in suggest(known, words, service=service, alert=None, most=most)}


def _searched(runbooks: list[Runbook], words: str) -> dict[str, tuple[str, ...]]:
    known = [Known(runbook, clues_of(runbook), body_of(runbook)) for runbook in runbooks]
    return {one.runbook.name: one.reasons for one in search(known, words)}


POOL = _runbook("pool-is-full", alerts=("PoolFull",), symptoms=("too many connections", "ECONNREFUSED"))
MAIL = _runbook("late-mail", services=("mail",), symptoms=("mail is late",))


def test_the_exact_alert_comes_before_everything_and_the_service_before_words() -> None:
    words = _runbook(
        "by-words", symptoms=("too many connections", "the site hangs", "login fails"), tags=("checkout", "slow")
    )
    owned = _runbook("by-service", services=("Checkout",))
    title = "[FIRING:1] poolfull: too many connections, login fails, the site hangs"
    assert list(_suggested([words, owned, POOL], title, service="checkout")) == [
        "pool-is-full",
        "by-service",
        "by-words",
    ]


@pytest.mark.parametrize(
    "title",
    ["PoolFull", "[FIRING:2] PoolFull (worker-1)", "alertname=PoolFull, severity=page", "pool-full!", "POOL_FULL"],
)
def test_an_alerts_name_is_known_within_a_title(title: str) -> None:
    assert _suggested([MAIL, POOL], title)["pool-is-full"][0] == "alert PoolFull"


def test_an_alert_of_several_words_is_known_where_they_stand_together() -> None:
    runbook = _runbook("pool", alerts=("Connection pool utilization high",))
    assert _suggested([runbook], "Page: connection pool utilization high (91 %)") == {
        "pool": ("alert Connection pool utilization high",)
    }
    assert "alert" not in str(_suggested([runbook], "The pool has high utilization of its connection"))


def test_several_alerts_in_one_title_suggest_each_its_runbook() -> None:
    late = _runbook("late", alerts=("MailLate",))
    assert list(_suggested([MAIL, late, POOL], "PoolFull and MailLate fire")) == ["late", "pool-is-full"]


def test_an_alert_said_in_words_is_a_symptom() -> None:
    runbook = _runbook("slow", alerts=("HighQueueDepth",))
    assert _suggested([runbook], "A high queue depth since noon") == {"slow": ("mentions “High Queue Depth”",)}


def test_a_service_alone_suggests_and_is_the_reason() -> None:
    assert _suggested([MAIL, POOL], "", service="MAIL") == {"late-mail": ("service mail",)}


def test_the_best_by_words_is_among_those_offered_however_many_are_the_services() -> None:
    owned = [_runbook(f"owned-{number}", services=("checkout",)) for number in range(9)]
    found = list(_suggested([*owned, MAIL, POOL], "too many connections", service="checkout"))
    assert found == ["owned-0", "owned-1", "owned-2", "owned-3", "pool-is-full"]
    fewer = list(_suggested([*owned, MAIL, POOL], "too many connections", service="checkout", most=2))
    assert fewer == ["owned-0", "pool-is-full"]


def test_a_symptom_of_the_front_matter_is_quoted_as_it_is_written_there() -> None:
    assert _suggested([POOL], "FATAL: Too many connection for role app") == {
        "pool-is-full": ("mentions “too many connections”",)
    }


def test_a_part_of_a_symptom_is_quoted_as_it_was_said() -> None:
    runbook = _runbook("slots", symptoms=("remaining connection slots are reserved for superusers",))
    assert _suggested([runbook], "Error: Connection slots are reserved") == {
        "slots": ("mentions “Connection slots are reserved”",)
    }


def test_one_word_from_the_middle_of_a_symptom_is_a_coincidence() -> None:
    runbook = _runbook("slots", symptoms=("remaining connection limits are reserved",))
    assert _suggested([runbook], "The limits of the new page") == {}


SYMPTOMS = """\
## Symptoms

- Checkout pages stay blank
  for minutes
- `sorry, too many clients already` or `OOMKilled`; the `pid` grows

```
ERROR: canceling statement due to lock timeout
```

```text
Out of memory: Killed process
```

```bash
kubectl get pods --all-namespaces
```
"""
CLOSED = SYMPTOMS.count("\n")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("checkout pages stay blank for minutes", "mentions “Checkout pages stay blank for minutes”"),
        ("Sorry, too many clients already!", "mentions “sorry, too many clients already”"),
        ("Workers OOMKilled again", "mentions “OOMKilled”"),
        ("canceling statement due to lock timeout", "mentions “canceling statement due to lock timeout”"),
        ("kernel: out of memory: killed process 17", "mentions “Out of memory: Killed process”"),
    ],
)
def test_what_a_symptoms_chapter_shows_is_what_people_see(words: str, reason: str) -> None:
    runbook = _runbook("x", SYMPTOMS, (ChapterKind.SYMPTOMS, 1, CLOSED))
    assert reason in _suggested([runbook], words)["x"]


@pytest.mark.parametrize("words", ["kubectl get pods --all-namespaces", "the pid"])
def test_commands_and_lone_words_of_a_symptoms_chapter_are_no_symptoms(words: str) -> None:
    runbook = _runbook("x", SYMPTOMS, (ChapterKind.SYMPTOMS, 1, CLOSED))
    assert _suggested([runbook], words) == {}


def test_the_same_text_in_another_chapter_is_only_found_by_a_search() -> None:
    runbook = _runbook("x", SYMPTOMS, (ChapterKind.PREVENTION, 1, CLOSED))
    assert _suggested([runbook], "sorry, too many clients already") == {}
    assert list(_searched([runbook], "too many clients")) == ["x"]


CAUSES = """\
## Causes

### A certificate has expired

Renew it with `certbot renew`.

| Cause | Fix |
|---|---|
| Leaking worker processes | restart |

```
do not take this for output
```
"""


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("It says a certificate has expired", "mentions “A certificate has expired”"),
        ("leaking worker processes on node 3", "mentions “Leaking worker processes”"),
        ("certbot renew failed", "mentions “certbot renew”"),
    ],
)
def test_causes_are_what_people_may_have_found_already(words: str, reason: str) -> None:
    runbook = _runbook("x", CAUSES, (ChapterKind.CAUSES, 1, CAUSES.count("\n")))
    assert reason in _suggested([runbook], words)["x"]
    assert _suggested([runbook], "do not take this for output") == {}


def test_the_causes_of_a_question_are_found_wherever_its_table_stands() -> None:
    pick = Step(
        title="Which is it?", phase=0, first=9, last=12, branches=(Branch(on="Token has expired", to=2),), pick=True
    )
    base = _runbook("sync")
    runbook = Runbook(name="sync", title="Sync", text="", digest="", path=base.path, structure=Structure(steps=(pick,)))
    assert _suggested([runbook], "the token has expired") == {"sync": ("mentions “Token has expired”",)}


def test_what_stands_in_every_runbook_says_little() -> None:
    books = [_runbook(f"database-{word}") for word in ("backup", "locks", "restore", "sizes", "users")]
    assert next(iter(_suggested(books, "Database users"))) == "database-users"


def test_nothing_counts_twice() -> None:
    runbook = _runbook("too-many-connections", symptoms=("too many connections", "many connections"))
    assert _suggested([runbook], "too many connections") == {
        "too-many-connections": ("mentions “too many connections”",)
    }


def test_a_search_finds_words_anywhere_and_those_of_titles_first() -> None:
    said = _runbook("restore-a-backup", "Nothing else.")
    text = _runbook("other", "## Notes\n\nTake a backup first, with `pg_dump`.\n")
    assert _searched([text, said], "backup") == {
        "restore-a-backup": ("mentions “backup”",),
        "other": ("mentions “backup”",),
    }
    assert _searched([text, said], "pg_dump") == {"other": ("mentions “dump”", "mentions “pg”")}


def test_a_search_takes_beginnings_names_of_services_and_of_alerts() -> None:
    assert _searched([MAIL, POOL], "mail")["late-mail"][0] == "service mail"
    assert _searched([MAIL, POOL], "poolfull") == {"pool-is-full": ("alert PoolFull",)}
    text = _runbook("other", "Renew the certificates.")
    assert _searched([text], "certif") == {"other": ("mentions “certif…”",)}


@pytest.mark.parametrize("words", ["", "…", "the and", "xyzzy"])
def test_words_that_say_nothing_find_nothing(words: str) -> None:
    books = [_runbook("x", SYMPTOMS, (ChapterKind.SYMPTOMS, 1, CLOSED)), MAIL]
    assert _suggested(books, words) == _searched(books, words) == {}


@given(text=st.text(max_size=200), words=st.text(max_size=80))
def test_whatever_a_runbook_and_people_say_has_an_answer_with_reasons(text: str, words: str) -> None:
    lines = text.count("\n") + 1
    runbook = _runbook("x", text, (ChapterKind.SYMPTOMS, 1, lines), symptoms=(text,), alerts=(words,))
    for reasons in (*_suggested([runbook, POOL], words).values(), *_searched([runbook, POOL], words).values()):
        assert reasons
        assert all(reasons)
