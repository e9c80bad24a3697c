"""What an escalation by e-mail says, and that nothing in it means more than text."""

from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from bot.domain.actor import Actor
from bot.domain.incident import Incident
from bot.messages import Mails, MailText, TemplateFault
from bot.messages.check_mail import check_mails
from bot.messages.email import SUBJECT
from bot.messages.samples import HOSTILE, ORDINARY, REF, mail_samples

MAILS = Mails(command="/inc")


class _Tags(HTMLParser):
    """The tags and links of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links |= {value or "" for name, value in attrs if name in ("href", "src", "onclick")}


def mail(incident: Incident | None = None, *, which: int = 0, **more: Any) -> MailText:
    sample = mail_samples(more.pop("text", ORDINARY))["escalation"][which]
    return MAILS.render("escalation", ref=REF, **(sample | ({"incident": incident} if incident else {}) | more))


def fresh() -> Incident:
    incident: Incident = mail_samples("Checkout is down")["escalation"][0]["incident"]
    return incident


def test_our_mails_have_nothing_to_mend() -> None:
    assert check_mails(MAILS) == []


def test_a_mail_says_what_is_wrong_how_bad_who_is_asked_and_what_to_do() -> None:
    made = mail(fresh())
    assert made.subject == f"[P1] Checkout is down · you are needed · {REF}"
    for said in ("P1 Critical · Checkout is down", "nobody has acknowledged", "Asked: on-call", "Type /inc ack there"):
        assert said in made.text
    assert f"muster incident ack {REF}" in made.text
    assert made.html is not None
    assert f"<code>muster incident ack {REF}</code>" in made.html


def test_a_drill_says_so_first() -> None:
    made = mail(replace(fresh(), drill=True))
    assert made.subject.startswith("[DRILL P1]")
    assert made.text.startswith("DRILL · ")


def test_one_that_is_acknowledged_or_over_by_now_says_so() -> None:
    moment = fresh().declared_at + timedelta(minutes=7)
    assert "It was acknowledged 2026-11-21 03:22 UTC" in mail(replace(fresh(), acknowledged_at=moment)).text
    over = next(sample["incident"] for sample in mail_samples()["escalation"] if sample["incident"].over)
    assert "It is over." in mail(over).text
    assert "What to do" not in mail(over).text


@pytest.mark.parametrize("which", range(len(mail_samples()["escalation"])))
def test_what_somebody_wrote_makes_no_tag_and_no_link(which: int) -> None:
    made = mail(which=which, text=HOSTILE * 20)
    assert made.html is not None
    found = _Tags(made.html)
    assert found.links <= {"https://slack.com/app_redirect?channel=C0ROOM"}
    assert not found.tags & {"script", "img", "iframe", "form"}
    assert len(made.subject) <= SUBJECT
    assert made.subject.isprintable()
    assert "\x00" not in made.text + made.html


def test_who_asked_at_a_terminal_is_named_only_where_the_incident_is_public() -> None:
    by_hand = next(s for s in mail_samples()["escalation"] if not s["event"].step and not s["event"].due_at)
    entry = replace(by_hand["entry"], by=Actor.cli("erin.moss"))
    for private in (False, True):
        made = MAILS.render(
            "escalation", ref=REF, **by_hand | {"entry": entry, "incident": replace(fresh(), private=private)}
        )
        assert ("erin.moss" in f"{made.text}{made.html}") is not private


def test_text_that_looks_like_html_stays_text() -> None:
    title = '<script>alert(1)</script> <img src="x" onerror="y"> & "quoted"'
    made = mail(replace(fresh(), title=title))
    assert title in made.text
    assert made.html is not None
    assert "<script>alert" not in made.html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in made.html


def test_a_packs_broken_mail_gives_way_to_ours_and_ours_to_a_plain_one(tmp_path: Path) -> None:
    folder = tmp_path / "packs" / "ours" / "email" / "escalation"
    folder.mkdir(parents=True)
    (folder / "message.md.j2").write_text("{{ nothing.of.the.kind }}")
    sample = mail_samples()["escalation"][0]
    with pytest.raises(TemplateFault):
        Mails(root=tmp_path, pack="ours").render("escalation", ref=REF, **sample)
    made = Mails(root=tmp_path, pack="ours").render_safely("escalation", ref=REF, **sample)
    assert REF in made.subject
    assert f"muster incident show {REF}" in made.text
    assert made.html is None
    private = sample | {"incident": replace(fresh(), private=True)}
    hidden = Mails(root=tmp_path, pack="ours").render_safely("escalation", ref=REF, **private)
    assert "Checkout" not in hidden.subject + hidden.text


def test_the_check_finds_a_mail_that_shows_a_private_title_and_one_that_nobody_sends(tmp_path: Path) -> None:
    for name in ("escalation", "newsletter"):
        folder = tmp_path / "email" / name
        folder.mkdir(parents=True)
        (folder / "subject.txt.j2").write_text("{{ incident.title }}")
        (folder / "message.md.j2").write_text("Look at {{ incident.ref }}")
    (tmp_path / "email" / "page.html.j2").write_text("{{ body }}")
    said = [fault.message for fault in check_mails(Mails(root=tmp_path))]
    assert any("shows a private incident's title" in message for message in said)
    assert any("Nothing is sent by this name" in message for message in said)
