"""The trials as one benchmark beside the others: its numbers, and whether they keep what the project promises."""

import json
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from statistics import fmean
from typing import Any

from benchmarks.detection import card
from benchmarks.detection.injecting import ARITHMETIC, DATES, GROUPS, IDENTITY
from benchmarks.detection.scores import SHUFFLED, Measured, measure, pooled
from benchmarks.detection.trial import WHOLE, Size

RATES = (0.005, 0.02)
_SEEDS, _WORKERS = (1, 2, 3), 2
_RISK = "risk as recorded"


@dataclass(frozen=True, slots=True)
class Report:
    """What came of all trials."""

    found: Sequence[Measured]

    @property
    def promises(self) -> dict[str, tuple[float, float]]:
        """Name → (found, wanted at least)."""
        kinds, benign = pooled(self.found, "kinds"), pooled(self.found, "benign")
        decided = [kinds[kind] for kind in kinds if GROUPS[kind] in (ARITHMETIC, DATES, IDENTITY)]
        harmless, harmless_high = (sum(counts[place] for counts in benign.values()) for place in (0, 1))
        at_high = sum(high for _, high in decided) / sum(count for count, _ in decided)
        return {
            "average precision": (self._mean(_RISK, "average_precision"), 0.95),
            "precision at n": (self._mean(_RISK, "precision_at_n"), 0.85),
            "what arithmetic, dates or identity decide at HIGH": (at_high, 0.98),
            "harmless changes below HIGH": (1 - harmless_high / harmless, 0.99),
            "gained by people and hours, less than 0.02": (
                self._mean(SHUFFLED, "average_precision") - self._mean(_RISK, "average_precision"),
                -0.02,
            ),
        }

    @property
    def kept(self) -> bool:
        """Whether every promise is kept."""
        return all(found >= wanted for found, wanted in self.promises.values())

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON values."""
        promises = {name: {"found": found, "wanted": wanted} for name, (found, wanted) in self.promises.items()}
        rows = json.loads(json.dumps([asdict(one) for one in self.found]))
        return {"title": "detection", "rows": rows, "promises": promises, "kept": self.kept}

    def text(self) -> str:
        """The report for a terminal."""
        promises = [
            f"{'kept' if found >= wanted else 'BROKEN'}: {name}: {found:.3f}, promised {wanted:g}"
            for name, (found, wanted) in self.promises.items()
        ]
        return "\n".join([card.text(self.found), "", *promises])

    def _mean(self, scorer: str, number: str) -> float:
        return fmean(one.scorers[scorer][number] for one in self.found)


def run(seeds: Sequence[int] = _SEEDS, rates: Sequence[float] = RATES, size: Size = WHOLE) -> Report:
    """Every seed at every rate, two at a time, in that order."""
    jobs = [(seed, rate, size) for rate in rates for seed in seeds]
    if len(jobs) == 1:
        return Report([measure(*jobs[0])])
    with ProcessPoolExecutor(_WORKERS, mp_context=multiprocessing.get_context("spawn")) as pool:
        return Report(list(pool.map(measure, *zip(*jobs, strict=True))))
