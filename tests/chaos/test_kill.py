"""dry"""
import time
from collections import Counter
from pathlib import Path

from tests.chaos.audit import audit
from tests.chaos.conftest import Fresh
from tests.chaos.story import Story
from tests.chaos.theatre import workspace
from tests.chaos.troupe import policy, troupe


async def test_dry(fresh: Fresh, tmp_path: Path) -> None:
    database = await fresh()
    async with troupe(tmp_path) as cast, workspace(database, policy=lambda s: policy(tmp_path, s)) as made:
        t = time.perf_counter()
        actor = await cast.start(made.sandbox, database, marks=tmp_path / "marks")
        assert await actor.ready(), actor.log.read_text()
        print("ready", time.perf_counter() - t)
        t = time.perf_counter()
        made.sandbox.deliver_to(f"{actor.url}/slack/events")
        story = Story(made.sandbox, made.door, made.watch, 1)
        await story.live()
        await made.watch.all_settled()
        print("lived", time.perf_counter() - t)
        await audit(made.door, made.sandbox, [story.ref])
        c = Counter(l.rpartition(" #")[0] for l in (tmp_path / "marks").read_text().splitlines())
        for k, n in sorted(c.items()): print(n, k)
