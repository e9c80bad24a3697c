"""Is it there, has it room for data and for clients, and does it keep what it was given?"""

import time
from collections.abc import Mapping

from redis.exceptions import ResponseError

from bot.diagnostics.check import Asking, Thresholds
from bot.diagnostics.checks.redis.session import RedisSession
from bot.diagnostics.judging import by_limits, count, seconds
from bot.diagnostics.result import Measurement, Rows, Verdict

Info = Mapping[str, str]


def judge_reachability(info: Info, ping_ms: float, connect_ms: float, thresholds: Thresholds) -> Measurement:
    """It answered; was it quick?"""
    return _judged(
        "latency",
        "ms",
        ping_ms,
        thresholds,
        said=f"Answers in {ping_ms:.1f} ms after a login of {connect_ms:.0f} ms: "
        f"Redis {info.get('redis_version', 'of an unknown version')}, {info.get('role', 'role unknown')}, "
        f"up for {seconds(_number(info, 'uptime_in_seconds'))}.",
        advice="See which slow command blocks it (the slow log below), then its host's CPU and the network between.",
    )


def judge_memory(info: Info, thresholds: Thresholds) -> Measurement:
    """Against maxmemory; where none is set nothing is judged."""
    used, limit = _number(info, "used_memory"), _number(info, "maxmemory")
    if limit <= 0:
        return Measurement(
            verdict=Verdict.OK,
            value=round(used / 2**20, 1),
            unit="MiB",
            threshold="none: no maxmemory is set",
            explanation=f"Uses {_size(used)}; no maxmemory is set, so there is nothing to judge it by.",
        )
    percent = 100 * used / limit
    policy = info.get("maxmemory_policy", "unknown")
    at_the_limit = "it refuses writes" if policy == "noeviction" else "it throws keys away"
    return _judged(
        "memory",
        "%",
        percent,
        thresholds,
        said=f"Uses {_size(used)} of {_size(limit)} ({percent:.0f} %); at the limit {at_the_limit} (policy {policy}).",
        advice="Find what grows (redis-cli --bigkeys), let it expire or drain it, or raise maxmemory.",
    )


def judge_evictions(info: Info, thresholds: Thresholds) -> Measurement:
    """Both count since the server started; either means that something was lost."""
    evicted, rejected = _number(info, "evicted_keys"), _number(info, "rejected_connections")
    warn, warn_rejected = thresholds["evictions_warn_count"], thresholds["rejected_warn_count"]
    policy = info.get("maxmemory_policy", "unknown")
    advice = []
    if evicted >= warn:
        advice.append(
            "Sessions and queues lose data when keys are evicted: give them a Redis with the policy noeviction, "
            "and this one more memory."
        )
    if rejected >= warn_rejected:
        advice.append("Connections were turned away: lower the clients' pools or raise maxclients.")
    return Measurement(
        verdict=Verdict.WARN if advice else Verdict.OK,
        value=evicted,
        unit="keys",
        threshold=f"warn at {count_of(warn, 'evicted key')} or {count_of(warn_rejected, 'rejected connection')}",
        explanation=(
            f"{count(int(evicted), 'key')} evicted and {count(int(rejected), 'connection')} rejected in the "
            f"{seconds(_number(info, 'uptime_in_seconds'))} since it started (policy {policy})."
        ),
        next_step=" ".join(advice),
    )


def judge_clients(info: Info, most: float, thresholds: Thresholds) -> Measurement:
    """Connected against maxclients."""
    connected, blocked = _number(info, "connected_clients"), _number(info, "blocked_clients")
    percent = 100 * connected / max(1.0, most)
    return _judged(
        "clients",
        "%",
        percent,
        thresholds,
        said=f"{connected:.0f} of {count(int(most), 'possible client')} connected ({percent:.0f} %), "
        f"{blocked:.0f} of them waiting in a blocking command.",
        advice="See who holds them (CLIENT LIST), and restart what leaks connections or lower its pool.",
    )


def judge_persistence(info: Info, now: float) -> Measurement:
    """Whether the last snapshot and the append-only file were written. `now` is in seconds since 1970."""
    aof = info.get("aof_enabled") == "1"
    states = {
        "last snapshot": info.get("rdb_last_bgsave_status", "unknown"),
        "append-only file": info.get("aof_last_write_status", "unknown") if aof else "off",
        "last rewrite of it": info.get("aof_last_bgrewrite_status", "unknown") if aof else "off",
    }
    lost = [name for name in ("last snapshot", "append-only file") if states[name] == "err"]
    rewrite = states["last rewrite of it"] == "err"
    unknown = "unknown" in states.values()
    ago = seconds(max(0.0, now - _number(info, "rdb_last_save_time")))
    fine = (
        f"The last snapshot (or the start) was {ago} ago, with {info.get('rdb_changes_since_last_save', '?')} changes "
        f"since; the append-only file is {'on' if aof else 'off'}."
    )
    if lost:
        verdict, explanation = Verdict.CRITICAL, f"Not written: the {' and the '.join(lost)}. {fine}"
    elif rewrite:
        verdict, explanation = Verdict.WARN, f"The append-only file could not be rewritten, and grows. {fine}"
    elif unknown:
        verdict, explanation = Verdict.NO_DATA, "The server does not say how its persistence is."
    else:
        verdict, explanation = Verdict.OK, fine
    return Measurement(
        verdict=verdict,
        threshold="critical when a snapshot or the append-only file was not written",
        explanation=explanation,
        next_step=_persistence_step(verdict),
        rows=Rows.of(("what", "state"), states.items()),
    )


def _persistence_step(verdict: Verdict) -> str:
    match verdict:
        case Verdict.OK:
            return ""
        case Verdict.NO_DATA:
            return "Ask whoever runs this Redis: a hosted one may hide it."
        case _:
            return (
                "See in the server's log why, often a full disk or too little memory to fork; "
                "free some and run BGSAVE. Until then Redis may refuse writes."
            )


def _judged(name: str, unit: str, value: float, thresholds: Thresholds, *, said: str, advice: str) -> Measurement:
    """By the two thresholds of this name, which are in milliseconds or a share of what there can be."""
    of = "percent" if unit == "%" else unit
    warn, critical = thresholds[f"{name}_warn_{of}"], thresholds[f"{name}_crit_{of}"]
    return by_limits(value, unit, said, advice, warn=warn, critical=critical)


def count_of(number: float, one: str) -> str:
    """A threshold with its noun; it may be no whole number."""
    return f"{number:g} {one if number == 1 else one + 's'}"


async def _ask_reachability(session: RedisSession, thresholds: Thresholds) -> Measurement:
    started = time.perf_counter()
    await session.ask("PING")
    ping_ms = (time.perf_counter() - started) * 1000
    try:
        info = await session.info("server", "replication")
    except ResponseError:
        # It is reachable all the same; the other checks say what this user may not ask.
        info = {}
    return judge_reachability(info, ping_ms, session.connect_ms, thresholds)


async def _ask_memory(session: RedisSession, thresholds: Thresholds) -> Measurement:
    return judge_memory(await session.info("memory"), thresholds)


async def _ask_evictions(session: RedisSession, thresholds: Thresholds) -> Measurement:
    return judge_evictions(await session.info("stats", "memory", "server"), thresholds)


async def _ask_clients(session: RedisSession, thresholds: Thresholds) -> Measurement:
    info = await session.info("clients")
    if "maxclients" in info:
        most = _number(info, "maxclients")
    else:  # before Redis 6.2
        most = float((await session.ask("CONFIG", "GET", "maxclients"))[1])
    return judge_clients(info, most, thresholds)


async def _ask_persistence(session: RedisSession, _thresholds: Thresholds) -> Measurement:
    return judge_persistence(await session.info("persistence"), await session.now())


def _number(info: Info, key: str) -> float:
    try:
        return float(info.get(key, "0"))
    except ValueError:
        return 0.0


def _size(size: float) -> str:
    for unit in ("bytes", "KiB", "MiB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} GiB"


REACHABILITY = Asking(
    name="reachability",
    title="Reachable",
    ask=_ask_reachability,
    ran="PING\nINFO server\nINFO replication",
    defaults={"latency_warn_ms": 20, "latency_crit_ms": 500},
)
MEMORY = Asking(
    name="memory",
    title="Memory",
    ask=_ask_memory,
    ran="INFO memory",
    defaults={"memory_warn_percent": 80, "memory_crit_percent": 95},
)
EVICTIONS = Asking(
    name="evictions",
    title="Evictions",
    ask=_ask_evictions,
    ran="INFO stats\nINFO memory\nINFO server",
    defaults={"evictions_warn_count": 1, "rejected_warn_count": 1},
)
CLIENTS = Asking(
    name="clients",
    title="Clients",
    ask=_ask_clients,
    ran="INFO clients",
    defaults={"clients_warn_percent": 80, "clients_crit_percent": 95},
)
PERSISTENCE = Asking(name="persistence", title="Persistence", ask=_ask_persistence, ran="INFO persistence\nTIME")
