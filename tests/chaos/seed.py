"""The seed of what is left to chance. A failure names it; with the same one the same happens again."""

import os
import random

SEED = int(os.environ.get("MUSTER_CHAOS_SEED", "3"))


def dice(what: str) -> random.Random:
    """A source of chance for one purpose."""
    return random.Random(f"{SEED} {what}")
