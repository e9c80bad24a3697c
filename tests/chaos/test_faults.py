"""Every call to Slack of a whole incident fails in every way, and nothing is lost or said twice."""

import asyncio, os, time
from collections import Counter

from tests.chaos.audit import audit
from tests.chaos.story import Story
from tests.chaos.theatre import theatre


async def test_dry(database: str) -> None:
    async with theatre(database) as made:
        n = int(os.environ.get("N", "1"))
        stories = [Story(made.sandbox, made.door, made.watch, k) for k in range(n)]
        t, c = time.perf_counter(), time.process_time()
        await asyncio.gather(*(story.live() for story in stories))
        await made.watch.all_settled()
        print("lived", time.perf_counter() - t, time.process_time() - c)
        t, c = time.perf_counter(), time.process_time()
        await audit(made.door, made.sandbox, [story.ref for story in stories])
        print("audit", time.perf_counter() - t, time.process_time() - c)
