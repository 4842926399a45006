"""Every question that the pages ask of a trail of 1,000,000 and 5,000,000 events, beside the bare libraries.

The peer of a question is the fastest of what benchmarks.trail_peers has for it; all must give the same answer. Seconds
stand in the table to be read; promised is only how they compare. And no statement of ours may have a scan in its plan.
"""

import re
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import astuple, is_dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import polars as pl

from audit_core.store.database import Database
from audit_core.store.queries import Queries
from benchmarks.measure import Row, Table, best_of
from benchmarks.trail_data import LOOKS, SEED, batches
from benchmarks.trail_peers import Question, questions
from benchmarks.trail_store import fill, tell

SIZES: Final = (1_000_000, 5_000_000)
ROUNDS: Final = 2
_QUICK: Final = 0.25
"""Seconds: what takes less is asked five times as often, so that its best is no matter of luck."""
Contestants = dict[str, Callable[[], object]]

_SMALL: Final = re.compile(r"SCAN (CONSTANT ROW|\w+ VIRTUAL TABLE .*|sheets|newest|spots)")
"""What a plan may read whole: values given by the caller, and one row a sheet."""


def run(sizes: tuple[int, ...] = SIZES, rounds: int = ROUNDS) -> Table:
    """One store that grows from size to size; every question at each."""
    lines, promises = [], {}
    with (
        tempfile.TemporaryDirectory(prefix="redline-bench-") as folder,
        closing(Database(Path(folder) / "audit.db")) as database,
    ):
        database.migrate()
        events = batches(sizes[-1])
        for size in sizes:
            fill(database, events, size)
            tell(database, SEED, LOOKS)
            found = list(_measured(database, size, rounds))
            lines += [Row(f"{size:>9,}  {what}", ours, peer / ours) for what, ours, peer in found]
            worst, slowest = min((peer / ours, what) for what, ours, peer in found)
            promises[f"{size:,} events: the peer's time in ours, at worst ({slowest})"] = worst, 0.2
    return Table("What the pages ask of a trail", lines, promises)


def asked(database: Database, size: int) -> Iterator[tuple[Question, Contestants]]:
    """Every question of a store of `size` events with its contestants, when none scans and all say the same."""
    assert database.path is not None
    with closing(sqlite3.connect(str(database.path))) as bare:
        bare.execute("PRAGMA cache_size=-65536")
        for question in questions(bare, database.path.parent / "columnar", size):
            contestants: Contestants = {"ours": partial(_ours, database, question), **question.peers}
            _no_scan(database, question)
            answers = {name: _plain(ask()) for name, ask in contestants.items()}
            same = all(answer == answers["ours"] for answer in answers.values())
            assert same, f"{question.what}: {str(answers)[:2000]}"
            yield question, contestants


def _measured(database: Database, size: int, rounds: int) -> Iterator[tuple[str, float, float]]:
    """(question, our seconds, those of its fastest peer)."""
    for question, contestants in asked(database, size):
        best = best_of(contestants, rounds)
        if sum(best.values()) < _QUICK:
            best = best_of(contestants, rounds * 5)
        yield question.what, best.pop("ours"), min(best.values())


def _ours(database: Database, question: Question) -> object:
    return question.ours(Queries(database))


def _no_scan(database: Database, question: Question) -> None:
    made: set[str] = set()
    connection = database.connection()
    connection.set_trace_callback(made.add)
    question.ours(Queries(database))
    connection.set_trace_callback(None)
    for sql in made:
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}")]
        scans = [step for step in plan if "SCAN" in step and not _SMALL.fullmatch(step)]
        assert not scans, f"{question.what}: {scans} in {sql}"


def _plain(answer: Any) -> object:
    """An answer as tuples."""
    match answer:
        case pl.DataFrame():
            return answer.rows()
        case dict() if all(isinstance(each, pl.DataFrame) for each in answer.values()):
            return [each.rows() for each in answer.values()]
        case dict():
            return [tuple(answer.values())]
        case frozenset():
            return sorted((each,) for each in answer)
        case list():
            return [tuple(each.values()) if isinstance(each, dict) else each for each in answer]
    return [astuple(answer)] if is_dataclass(answer) and not isinstance(answer, type) else answer
