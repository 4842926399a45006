"""A database whose process may die at any of its transactions."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from audit_core.store.database import Connection, Database


class Died(BaseException):
    """A simulated process ends here."""


class Frail(Database):
    """A database whose process may die before, within or after a transaction, and then writes no more."""

    def __init__(self, path: Path, rng: random.Random, chance: float) -> None:
        super().__init__(path)
        self._rng, self._chance, self.dead = rng, chance, False

    @contextmanager
    def write(self) -> Iterator[Connection]:
        self._maybe()
        with super().write() as connection:
            yield connection
            self._maybe()
        self._maybe()

    def _maybe(self) -> None:
        self.dead = self.dead or self._rng.random() < self._chance
        if self.dead:
            raise Died
