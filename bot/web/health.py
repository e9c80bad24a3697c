"""Health: alive, and ready. Ready means that a command given now would be recorded and delivered."""

from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

#: A probe returns None when all is well, and otherwise what is wrong.
Probe = Callable[[], Awaitable[str | None]]
#: Like a probe, of something that commands are recorded and delivered without.
Note = Callable[[], str | None]


def health_routes(probes: Mapping[str, Probe], notes: Mapping[str, Note]) -> list[web.RouteDef]:
    """The two routes. `/readyz` answers 503 and names what is wrong when any probe fails; a note is only shown."""

    async def alive(_request: web.Request) -> web.Response:
        return web.json_response({"status": "alive"})

    async def ready(_request: web.Request) -> web.Response:
        found = {name: await probe() for name, probe in probes.items()}
        wrong = {name: what for name, what in found.items() if what is not None}
        told = found | {name: note() for name, note in notes.items()}
        body = {"status": "not ready" if wrong else "ready", **{name: what or "ok" for name, what in told.items()}}
        return web.json_response(body, status=503 if wrong else 200)

    return [web.get("/healthz", alive), web.get("/readyz", ready)]
