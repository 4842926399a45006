"""A value of the store that became another one, in any column of any table: told in one sentence, never a traceback.

Where nothing seals a value (a run's times, a beat), it may become another that means something; then nothing is told.
"""

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from audit_core.workspace import Workspace
from tests.browser.site import let_people_in
from tests.exports import Desk
from tests.faults.story import Story, jobs

pytestmark = pytest.mark.in_turn(4)

DRAWN = 12
"""Columns of which one value is damaged in the short loop; `make soak` does all."""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Looks, people, something decided, and what every job leaves."""
    desk, story = Desk(tmp_path_factory.mktemp("values")), Story(seed=1, lines=60)
    for edits in (0, 100):
        story.next_look(desk, edits=edits)
    assert jobs(desk, "run", "sync").code == 0
    let_people_in(Workspace.open(desk.config))
    decided = ("disposition", "decide", "incident:1", "confirmed", "--reason", "wrong_price")
    for words in (decided, *(("run", job) for job in ("retrain", "forecast", "weekly", "report", "backup"))):
        assert jobs(desk, *words).code in (0, 3), words
    return desk


def columns(store: Path) -> list[tuple[str, str]]:
    """(table, column) of all that hold a text."""
    with closing(sqlite3.connect(store)) as connection:
        return [
            (table, column)
            for (table,) in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
            ).fetchall()
            for _, column, *_ in connection.execute(f"PRAGMA table_info({table})").fetchall()
            if connection.execute(f"SELECT max(typeof({column}) = 'text') FROM {table}").fetchone()[0]
        ]


@contextmanager
def damaged(store: Path, table: str, column: str, rng: random.Random) -> Iterator[str]:
    """One text of a column with one bit of it flipped, or half of it; every trigger is back in its place."""
    whole = store.read_bytes()
    with closing(sqlite3.connect(store)) as connection:
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        connection.execute("PRAGMA ignore_check_constraints = ON")
        found = connection.execute(f"SELECT rowid, {column} FROM {table} WHERE length({column})").fetchall()
        row, text = rng.choice([each for each in found if isinstance(each[1], str)])
        at = rng.randrange(len(text))
        spoiled = rng.choice([text[:at] + chr(ord(text[at]) ^ 1 << rng.randrange(6)) + text[at + 1 :], text[:at]])
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(f"UPDATE OR IGNORE {table} SET {column} = ? WHERE rowid = ?", (spoiled, row))
        for _, sql in triggers:
            connection.execute(sql)
        connection.commit()
    yield f"{table}.{column} of row {row}: {text!r} became {spoiled!r}"
    for left in store.parent.glob(f"{store.name}-*"):
        left.unlink()
    store.write_bytes(whole)


@pytest.mark.parametrize("count", [DRAWN, pytest.param(None, marks=pytest.mark.soak)])
def test_a_value_that_became_another_is_told_in_a_sentence(desk: Desk, seed: int, count: int | None) -> None:
    print(f"seed {seed}")
    rng, store = random.Random(f"{seed} values"), desk.root / "data" / "audit.db"
    there, refused = columns(store), 0
    for table, column in rng.sample(there, count or len(there)):
        with damaged(store, table, column, rng) as what:
            for words in (("verify",), ("status",)):
                said = jobs(desk, *words)
                assert said.tracebacks == [], f"{what}: {said}"
                assert "\n" not in said.message, f"{what}: {said}"
                refused += said.code == 20
    print(f"{refused} times one of {count or len(there)} columns was refused")
    assert refused
    assert jobs(desk, "verify").code == 0
