"""A notebook: cells in an order, a title, who owns it, who may read it, and which record it asks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from audit_core.errors import ConfigError
from audit_core.notebooks.cells import LONGEST_TITLE, Cell, cell_from_json, cell_to_json

MOST_CELLS: Final = 60


@dataclass(frozen=True, slots=True)
class Notebook:
    """One version. `frozen_at`: the size of the ledger that it asks; None: today's. `change`: what made this version.

    `shared`: whoever may read changes may read it; else its owner alone (and who may read every notebook).
    `restored`: the earlier version that this one says again.
    """

    number: int
    version: int
    title: str
    owner: str
    cells: tuple[Cell, ...] = ()
    shared: bool = False
    frozen_at: int | None = None
    change: str = ""
    restored: int | None = None
    saved_by: str = ""
    saved_at: datetime | None = None

    def check(self) -> None:
        """Raise ConfigError for what cannot be kept."""
        if not self.title.strip():
            raise ConfigError("A notebook needs a title: say in a few words what it is about.")
        if len(self.title) > LONGEST_TITLE:
            raise ConfigError(f"This title has {len(self.title):,} characters: at most {LONGEST_TITLE} are kept.")
        if len(self.cells) > MOST_CELLS:
            raise ConfigError(f"A notebook holds at most {MOST_CELLS} cells: begin another one.")
        for cell in self.cells:
            cell.check()

    def holds(self, words: str) -> bool:
        """Whether its title, its texts or its owner's e-mail have these words in them, in any case."""
        texts = [getattr(cell, name, "") for cell in self.cells for name in ("title", "text", "why")]
        return words.strip().casefold() in "\n".join([self.title, self.owner, *texts]).casefold()

    def cell(self, cell_id: int) -> Cell | None:
        """One cell; None where there is none."""
        return next((cell for cell in self.cells if cell.cell_id == cell_id), None)

    def before(self) -> int | None:
        """The version that undoing goes back to; None from the first one. Undoing again goes further back."""
        earlier = (self.restored or self.version) - 1
        return earlier if earlier >= 1 else None

    def next_id(self) -> int:
        """The number of the next cell."""
        return 1 + max((cell.cell_id for cell in self.cells), default=0)

    def with_cell(self, cell: Cell) -> "Notebook":
        """With a cell in the place of the one that has its number, else at the end."""
        if self.cell(cell.cell_id) is None:
            return replace(self, cells=(*self.cells, cell))
        return replace(self, cells=tuple(cell if each.cell_id == cell.cell_id else each for each in self.cells))

    def with_new(self, cell: Cell) -> "Notebook":
        """With a cell at the end, under a number of its own."""
        return replace(self, cells=(*self.cells, replace(cell, cell_id=self.next_id())))

    def without(self, cell_id: int) -> "Notebook":
        """Without a cell."""
        return replace(self, cells=tuple(each for each in self.cells if each.cell_id != cell_id))

    def moved(self, cell_id: int, step: int) -> "Notebook":
        """With a cell one place up (-1) or down (1), as far as there is one."""
        cells = list(self.cells)
        here = next(place for place, each in enumerate(cells) if each.cell_id == cell_id)
        there = min(max(here + step, 0), len(cells) - 1)
        cells.insert(there, cells.pop(here))
        return replace(self, cells=tuple(cells))

    def doubled(self, cell_id: int) -> "Notebook":
        """With a copy of a cell under it."""
        cells: list[Cell] = []
        for each in self.cells:
            cells.append(each)
            if each.cell_id == cell_id:
                cells.append(replace(each, cell_id=self.next_id()))
        return replace(self, cells=tuple(cells))

    def to_json(self) -> dict[str, Any]:
        """As the content of a decision."""
        return {
            "version": self.version,
            "title": self.title,
            "owner": self.owner,
            "shared": self.shared,
            "frozen_at": self.frozen_at,
            "change": self.change,
            "restored": self.restored,
            "cells": [cell_to_json(cell) for cell in self.cells],
        }

    @classmethod
    def from_json(cls, number: int, content: Mapping[str, Any], saved_by: str, saved_at: datetime) -> "Notebook":
        """From the content of a decision."""
        cells: Sequence[Mapping[str, Any]] = content["cells"]
        said = {**content, "cells": tuple(cell_from_json(cell) for cell in cells)}
        return cls(number=number, saved_by=saved_by, saved_at=saved_at, **said)
