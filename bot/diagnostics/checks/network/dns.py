"""A name in DNS: whether its server answers, and whether it leads where it should."""

import asyncio
import ipaddress
import socket
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import dns.asyncresolver
import dns.exception
import dns.name
import dns.rcode
import dns.rdata
import dns.resolver
from dns.rdtypes.ANY.TXT import TXT

from bot.diagnostics.check import Asking, Thresholds
from bot.diagnostics.checks.network.port import LATENCY, by_latency, critical, joined
from bot.diagnostics.kind import Kind, Refusal, plainly
from bot.diagnostics.result import Measurement, Rows, Verdict
from bot.diagnostics.target import Target
from bot.policy.targets.network import DnsTarget, Record

#: Seconds after which the next name server is asked.
_EACH_S = 2.0
#: How many values an explanation names.
_NAMED = 5


@dataclass(frozen=True, slots=True)
class Answer:
    """What a name server said.

    Attributes:
        values: As people write them, in order: `10 mail.example.com`.
        ttl_s: For how many seconds it holds; None where there is nothing.
        exists: Whether there is such a name at all.
    """

    values: tuple[str, ...] = ()
    ttl_s: int | None = None
    exists: bool = True


@dataclass(frozen=True, slots=True)
class _Asked:
    options: DnsTarget
    answer: Answer
    took_ms: float


@asynccontextmanager
async def _connect(target: Target) -> AsyncIterator[_Asked]:
    options: DnsTarget = target.options
    resolver = await _resolver(options, target.timeout_s)
    started = time.perf_counter()
    answer = await _ask(resolver, options)
    yield _Asked(options, answer, (time.perf_counter() - started) * 1000)


async def _resolver(options: DnsTarget, timeout_s: float) -> dns.asyncresolver.Resolver:
    if options.resolver is None:
        resolver = await asyncio.to_thread(dns.asyncresolver.Resolver)
    else:
        resolver = dns.asyncresolver.Resolver(configure=False)
        found = await asyncio.get_running_loop().getaddrinfo(options.resolver, None, type=socket.SOCK_DGRAM)
        resolver.nameservers = list(dict.fromkeys(str(address[0]) for *_, address in found))
        resolver.port = options.resolver_port
    resolver.timeout, resolver.lifetime = _EACH_S, timeout_s
    return resolver


async def _ask(resolver: dns.asyncresolver.Resolver, options: DnsTarget) -> Answer:
    try:
        found = await resolver.resolve(
            dns.name.from_text(options.host), options.record.value, raise_on_no_answer=False, search=False
        )
    except dns.resolver.NXDOMAIN:
        return Answer(exists=False)
    if found.rrset is None:
        return Answer()
    return Answer(tuple(sorted(_text(rdata) for rdata in found.rrset)), found.rrset.ttl)


def _text(rdata: dns.rdata.Rdata) -> str:
    if isinstance(rdata, TXT):
        return b"".join(rdata.strings).decode(errors="replace")
    return rdata.to_text().removesuffix(".")


async def _reachable(session: _Asked, thresholds: Thresholds) -> Measurement:
    return by_latency(
        session.took_ms, thresholds, did=f"{_resolver_name(session.options)} answered", ran=_ran(session.options)
    )


async def _records(session: _Asked, _thresholds: Thresholds) -> Measurement:
    return by_records(session.answer, session.options)


def by_records(answer: Answer, options: DnsTarget) -> Measurement:
    """Judges an answer by what was expected: each of that must be there; TXT alone may well have more."""
    record, host = options.record, options.host
    threshold = f"must have {', '.join(options.expect[:_NAMED])}" if options.expect else "must have any value"
    if not answer.values:
        said = f"{host} has no {record} records" if answer.exists else f"There is no name {host}"
        return Measurement(
            verdict=Verdict.CRITICAL,
            value=0,
            unit="records",
            threshold=threshold,
            explanation=f"{said}.",
            next_step="Check the host in the policy pack, whether the domain is paid for, and the zone's last change.",
        )
    met = {value: _met(value, options) for value in answer.values}
    missing = [wanted for wanted in options.expect if wanted not in met.values()]
    others = [value for value, wanted in met.items() if options.expect and wanted is None]
    if missing:
        verdict, said = Verdict.CRITICAL, f"{host} lacks {_listed(missing)}"
    elif others and record is not Record.TXT:
        verdict, said = Verdict.WARN, f"{host} has what was expected, and {_listed(others)} besides"
    else:
        count = len(answer.values)
        verdict, said = Verdict.OK, f"{host} has {count} {record} {'record' if count == 1 else 'records'}"
    return Measurement(
        verdict=verdict,
        value=len(answer.values),
        unit="records",
        threshold=threshold,
        explanation=f"{said}, for another {answer.ttl_s} s in caches.",
        next_step=""
        if verdict is Verdict.OK
        else "See who changed the zone; put it back, or mend `expect` in the pack.",
        rows=Rows.of((str(record), "expected"), ((value, _said(met[value], options)) for value in answer.values)),
    )


def _met(value: str, options: DnsTarget) -> str | None:
    """Which of the expected values this one is."""
    forms = {_plain(value, options.record)}
    if options.record is Record.MX:
        forms.add(_plain(value.partition(" ")[2], options.record))
    return next((wanted for wanted in options.expect if _plain(wanted, options.record) in forms), None)


def _plain(value: str, record: Record) -> str:
    """A form in which equal values are equal: names have no case and may end in a full stop."""
    if record is Record.TXT:
        return value
    if record in (Record.A, Record.AAAA):
        return str(ipaddress.ip_address(value))
    return " ".join(value.removesuffix(".").casefold().split())


def _said(wanted: str | None, options: DnsTarget) -> str:
    return "" if not options.expect else "no" if wanted is None else "yes"


def _listed(values: Sequence[str]) -> str:
    more = f" and {len(values) - _NAMED} more" if len(values) > _NAMED else ""
    return ", ".join(values[:_NAMED]) + more


def _resolver_name(options: DnsTarget) -> str:
    return joined(options.resolver, options.resolver_port) if options.resolver else "This machine's resolver"


def _ran(options: DnsTarget) -> str:
    asked = joined(options.resolver, options.resolver_port) if options.resolver else "this machine's resolver"
    return f"DNS query for {options.record} of {options.host} to {asked}"


def _against(target: Target) -> str:
    options: DnsTarget = target.options
    at = f" at {joined(options.resolver, options.resolver_port)}" if options.resolver else ""
    return f"{options.host} {options.record}{at}"


def _checks(options: DnsTarget) -> Sequence[Asking[_Asked]]:
    ran = _ran(options)
    return (
        Asking(name="reachability", title="DNS answers", ask=_reachable, ran=ran, defaults=LATENCY),
        Asking(name="records", title=f"{options.record} records", ask=_records, ran=ran),
    )


def _refused(error: Exception, target: Target) -> Refusal:
    """Tells a name server that says nothing from one that can't say it."""
    name = _resolver_name(target.options)
    match error:
        case dns.resolver.NoResolverConfiguration() | dns.exception.SyntaxError() | dns.name.LabelTooLong():
            return Refusal(
                Measurement(
                    verdict=Verdict.ERROR,
                    explanation=f"The question could not be asked: {plainly(error)}.",
                    next_step="Check the target's host and `resolver` in the policy pack.",
                    threshold="must answer",
                )
            )
        case socket.gaierror():
            explanation = f"The resolver {target.options.resolver} is not known: {plainly(error)}."
            return Refusal(critical(explanation, "Write the resolver's IP address into `resolver`."))
        case dns.exception.Timeout() | TimeoutError():
            # dnspython drops malformed packets, as they may be forged, and waits on.
            explanation = f"{name} gave no usable answer in time."
            return Refusal(critical(explanation, "See whether it runs, and whether a firewall drops UDP on the way."))
        case dns.resolver.NoNameservers():
            explanation = f"{name} gave no usable answer: {_why(error)}."
            return Refusal(critical(explanation, "Look at the name server's log, and at the zone and its signatures."))
        case dns.exception.DNSException():
            return Refusal(critical(f"{name} gave no usable answer: {plainly(error)}.", "Look at its log."))
        case _:
            explanation = f"{name} was not reached: {plainly(error)}."
            return Refusal(critical(explanation, "See whether it runs, and whether this machine has a way to it."))


def _why(error: dns.resolver.NoNameservers) -> str:
    """What each name server said: `SERVFAIL`, or how it failed."""
    said = [str(one[3]) or type(one[3]).__name__ for one in error.kwargs.get("errors", ())]
    return _listed(list(dict.fromkeys(said))) or plainly(error)


DNS = Kind(
    name="dns",
    options=DnsTarget,
    checks=_checks,
    connect=_connect,
    against=_against,
    refused=_refused,
    thresholds=frozenset(LATENCY),
)
