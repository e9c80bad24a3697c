"""Whether the e-mails' templates can be rendered, and keep a private incident private; for `muster check`."""

from collections.abc import Iterator

from bot.messages.email import Mails, MailText
from bot.messages.faults import TemplateFault
from bot.messages.samples import HOSTILE, ORDINARY, REF, Sample, mail_samples
from bot.policy.faults import Fault


def check_mails(mails: Mails) -> list[Fault]:
    """The faults of all e-mails, rendered with all sample values, hostile ones too; empty when all is well."""
    faults: set[Fault] = set()
    ordinary, harmful = mail_samples(ORDINARY), mail_samples(HOSTILE * 60)
    for name in mails.names():
        if name not in ordinary:
            known = ", ".join(sorted(ordinary))
            faults.add(Fault(mails.file_of(name), 1, f"Nothing is sent by this name. Known: {known}."))
        for sample in [*ordinary.get(name, []), *harmful.get(name, [])]:
            try:
                mail = mails.render(name, ref=REF, **sample)
            except TemplateFault as fault:
                faults.add(Fault(fault.file, fault.line, fault.what))
            else:
                faults |= {Fault(mails.file_of(name), 1, problem) for problem in _problems(mail, sample)}
    return sorted(faults)


def _problems(mail: MailText, sample: Sample) -> Iterator[str]:
    if not mail.subject or not mail.text.strip():
        yield "The subject or the text is empty."
    if sample["incident"].private and ORDINARY in f"{mail.subject} {mail.text} {mail.html}":
        yield "It shows a private incident's title or text. Say “Private incident”: a mailbox is not its channel."
