"""Files that were cut short or in which bits flipped: found by name, or nothing of what is proven lies there.

Backups and their manifests are damaged in tests/backups; here it is the data folder itself.
"""

import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.exports import Desk
from tests.faults.story import Story, jobs

pytestmark = pytest.mark.in_turn(4)

FLIPS = 5
"""Bits that flip in each file, one at a time; `make soak` flips 120."""


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Two looks and a model."""
    desk, story = Desk(tmp_path_factory.mktemp("damage")), Story(seed=1, lines=60)
    for edits in (0, 100):
        story.next_look(desk, edits=edits)
    for job in ("sync", "retrain"):
        assert jobs(desk, "run", job).code == 0
    story.next_look(desk)
    return desk


@pytest.fixture
def desk(original: Desk, tmp_path: Path) -> Desk:
    shutil.copytree(original.root, tmp_path, dirs_exist_ok=True)
    return Desk(tmp_path)


FILES = {
    "database": "audit.db",
    "snapshot": "snapshots/*/*.parquet",
    "anchors": "anchors.jsonl",
    "a model's card": "models/*/card.json",
    "a model's features": "models/*/features.parquet",
}


def file_of(desk: Desk, name: str) -> Path:
    return sorted((desk.root / "data").glob(FILES[name]))[0]


def lengths(size: int) -> list[int]:
    """One of each class: nothing, inside and at the end of a header, around a page, the middle, all but the end."""
    edges = {
        0,
        1,
        15,
        16,
        99,
        100,
        101,
        511,
        512,
        4095,
        4096,
        4097,
        size // 2,
        size - 4096,
        size - 100,
        size - 2,
        size - 1,
    }
    return sorted(length for length in edges if 0 <= length < size)


def flips(content: bytes, seed: str, count: int) -> Iterator[tuple[int, bytes]]:
    """(a place, the content with one bit of it flipped)."""
    rng = random.Random(seed)
    for _ in range(count):
        place, bit = rng.randrange(len(content)), 1 << rng.randrange(8)
        yield place, content[:place] + bytes([content[place] ^ bit]) + content[place + 1 :]


class Told:
    """What the store tells when it is whole, and whether it still tells exactly that or refuses in a sentence."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.before = self.all_of_it()

    def all_of_it(self) -> list[object]:
        """What is proven, read from the tables themselves and not from their indexes.

        When an incident ended, and what was decided about it, changes later on.
        """
        return [
            self.desk.rows(f"SELECT {columns} NOT INDEXED ORDER BY rowid")
            for columns in (
                "* FROM audit_events",
                """incident_id, kind, started_at, events, rows, sheets, financial_impact, summary, severity, risk_score,
                look, audit_run_id FROM incidents""",
                "* FROM rule_hits",
                "* FROM rule_counts",
                "sheet_id, look, file, file_sha256, rows, columns, titles, taken_at FROM snapshots",
                "model_id, card_sha256 FROM models",
            )
        ]

    def refused(self, what: str) -> bool:
        """Whether `verify` refuses, or the next backup, which reads tables where `verify` may read an index.

        Where neither does, everything reads as before.
        """
        if self._refuses(what, "verify"):
            return True
        with suppress(sqlite3.Error):  # it cannot even be read
            if self.all_of_it() == self.before:
                return False
        assert self._refuses(what, "run", "backup"), f"{what} changed what is told, and nobody noticed"
        return True

    def _refuses(self, what: str, *words: str) -> bool:
        said = jobs(self.desk, *words)
        assert said.code in (0, 1, 10, 20), f"{what}: {said}"
        assert said.tracebacks == [], f"{what}: {said}"
        assert "\n" not in said.message, f"{what}: {said}"
        return said.code != 0


def damage(desk: Desk, name: str, contents: Iterator[tuple[int, bytes]], found: Callable[[str], bool]) -> list[int]:
    """Put each content in the place of the file; the places that were found."""
    path = file_of(desk, name)
    whole, places = path.read_bytes(), []
    for place, content in contents:
        path.unlink()  # a new file: the old one may be linked from a backup
        path.write_bytes(content)
        if found(f"{path.name} at {place}"):
            places.append(place)
        for left in path.parent.glob(f"{path.name}-*"):
            left.unlink()
    path.write_bytes(whole)
    return places


def judged_without_it(desk: Desk) -> Callable[[str], bool]:
    """Whether a sync goes on by the rules alone and says so; verify must refuse the same files."""

    def said_so(what: str) -> bool:
        said = jobs(desk, "run", "sync", "--dry-run")
        assert said.tracebacks == [], f"{what}: {said}"
        assert (said.code, said.result["looks"]) == (0, 1), f"{what}: {said}"
        assert "model not opened" in {spot["reason"] for spot in said.result["blind_spots"]}, f"{what}: {said}"
        assert jobs(desk, "verify").code == 20, what
        return True

    return said_so


@pytest.mark.parametrize("every", [2, pytest.param(1, marks=pytest.mark.soak)])
@pytest.mark.parametrize("name", ["database", "snapshot"])
def test_a_file_that_was_cut_short_is_refused(desk: Desk, name: str, every: int) -> None:
    content = file_of(desk, name).read_bytes()
    cut = lengths(len(content))[::every]
    found = damage(desk, name, ((n, content[:n]) for n in cut), Told(desk).refused)
    assert found == cut


@pytest.mark.parametrize("bits", [1, pytest.param(10, marks=pytest.mark.soak)])
@pytest.mark.parametrize("name", ["a model's card", "a model's features"])
def test_a_model_that_was_cut_short_or_changed_scores_nothing(desk: Desk, seed: int, name: str, bits: int) -> None:
    print(f"seed {seed}")
    content = file_of(desk, name).read_bytes()
    cut = [(n, content[:n]) for n in (0, len(content) // 2, len(content) - 1)]
    damage(desk, name, iter([*cut, *flips(content, f"{seed} {name}", bits)]), judged_without_it(desk))
    whole = jobs(desk, "run", "sync").result
    assert (whole["looks"], whole["blind_spots"]) == (1, [])


@pytest.mark.parametrize("text", [b"tabledecisionsdecisions", b"(SELECT hash"], ids=["a name", "a trigger"])
def test_a_schema_that_is_no_longer_text_is_refused(desk: Desk, text: bytes) -> None:
    """SQLite's own message is then no text, or all the lines of the trigger; ours is one line."""
    content = file_of(desk, "database").read_bytes()
    spoiled = content.replace(text, text[:9] + bytes([text[9] ^ 0x80]) + text[10:], 1)
    assert spoiled != content
    assert damage(desk, "database", iter([(0, spoiled)]), Told(desk).refused) == [0]


def flip(desk: Desk, name: str, seed: int, count: int) -> None:
    print(f"seed {seed}")
    content, told = file_of(desk, name).read_bytes(), Told(desk)
    found = damage(desk, name, flips(content, f"{seed} {name}", count), told.refused)
    print(f"{len(found)} of {count} flipped bits were refused; the others changed nothing that is told")
    assert found
    assert not told.refused("what was put back")


@pytest.mark.parametrize("name", ["database", "snapshot"])
def test_a_bit_that_flipped_is_found_or_changes_nothing(desk: Desk, seed: int, name: str) -> None:
    flip(desk, name, seed, FLIPS)


@pytest.mark.soak
@pytest.mark.parametrize("name", ["database", "snapshot"])
def test_each_of_many_bits_that_flipped_is_found_or_changes_nothing(desk: Desk, seed: int, name: str) -> None:
    flip(desk, name, seed, 120)
