"""A notebook with all its answers and what proves them: the one thing that screen and exports are made from.

The same version at the same size of the ledger is the same document, for all who may see how single people edit, and
another, without such charts, for all others.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from audit_core.actors import Actor
from audit_core.notebooks.answers import Answer, answer, withheld
from audit_core.notebooks.cells import Cell, FilterCell, PinnedCell, TableCell
from audit_core.notebooks.notebook import Notebook
from audit_core.notebooks.shelf import Notebooks
from audit_core.store.anchors import Anchor, of_size
from audit_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Document:
    """`anchor`: of the ledger at the size that was asked. `simulated_from`: the first look that is simulated, if any.
    `made_by`: the installation, by its name and environment. `titles`: what rules are called there.
    """

    notebook: Notebook
    answers: tuple[Answer, ...]
    anchor: Anchor
    zone: ZoneInfo
    simulated_from: str | None
    made_by: str
    titles: Mapping[str, str]

    @property
    def at(self) -> datetime:
        """When the last event that was asked had been recorded."""
        return datetime.fromisoformat(self.anchor.at).astimezone(UTC)

    @property
    def asks(self) -> str:
        """Which record this is about."""
        state = "frozen" if self.notebook.frozen_at is not None else "today's data when this was made"
        return f"{self.anchor.size:,} events, the last of {self.moment(self.at)} ({state})"

    def moment(self, instant: datetime) -> str:
        """An instant on the clock of this document."""
        return f"{instant.astimezone(self.zone):%Y-%m-%d %H:%M} {self.zone.key}"


def asked_size(workspace: Workspace, notebook: Notebook) -> int:
    """How many events a notebook asks: those it is frozen at, else all."""
    return notebook.frozen_at if notebook.frozen_at is not None else workspace.store.events()


def record_asked(workspace: Workspace, notebook: Notebook) -> Anchor:
    """The record that a notebook asks: its size, when its last event was recorded, and its root. It is not signed."""
    connection = workspace.store.database.connection()
    return of_size(connection, asked_size(workspace, notebook), f"notebook-{notebook.number}-v{notebook.version}")


def gather(workspace: Workspace, actor: Actor, number: int, version: int | None, zone: ZoneInfo) -> Document:
    """Ask every cell of a version (the newest). Raises as `Notebooks.find`, and ConfigError as `answer`."""
    store, system = workspace.store, workspace.settings.system
    notebook = Notebooks(store, actor).find(number, version)
    with store.database.read():
        size = asked_size(workspace, notebook)
        named = f"notebook-{number}-v{notebook.version}"
        anchor = of_size(store.database.connection(), size, named, store.keys().signer)
        answers = tuple(withheld(workspace, actor, cell) or answer(workspace, cell, size) for cell in notebook.cells)
        simulated = store.snapshots.first_simulated(size)
    made_by = f"{system.name} · {system.environment}"
    return Document(notebook, answers, anchor, zone, simulated, made_by, workspace.titles())


def heading(cell: Cell) -> str:
    """What a cell is called in lists of cells."""
    if isinstance(cell, FilterCell):
        return cell.title
    return f"Event {cell.event_id}" if isinstance(cell, PinnedCell) else "Text"


def conditions(cell: Cell, titles: Mapping[str, str]) -> str:
    """Which events a cell is about, as a person would say it; empty for a text. `titles`: see EventFilter.words."""
    if isinstance(cell, TableCell):
        return f"{cell.chosen.words(titles)}; {cell.order.words}, at most {cell.limit:,}"
    return cell.chosen.words(titles) if isinstance(cell, FilterCell) else ""
