"""When a slot whose run failed is tried again."""

import random
from datetime import datetime, timedelta
from typing import Final

_LONGEST: Final = (timedelta(minutes=2), timedelta(minutes=10), timedelta(minutes=30))
"""The pause after each failure is at most so long; the last one counts for all later ones."""


def again_at(now: datetime, attempt: int, rng: random.Random, retry_after: float | None = None) -> datetime:
    """Not before this moment. `attempt`: which one just failed. `retry_after`: seconds that the source asked for.

    The pause is any up to its longest, so that many that failed together do not come back together.
    """
    longest = _LONGEST[min(attempt, len(_LONGEST)) - 1].total_seconds()
    return now + timedelta(seconds=max(rng.uniform(0, longest), retry_after or 0.0))
