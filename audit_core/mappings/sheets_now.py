"""The sheets of a workspace now: how each of their titles will be read by the next look, and what may be decided."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from audit_core.actors import Actor
from audit_core.blind_spots import BlindSpot, Reason
from audit_core.errors import ConfigError
from audit_core.mappings.kept import Act, Made, TitleDecisions
from audit_core.permissions import Permission, require
from audit_core.sheets import COLUMNS, TitleMap, map_titles
from audit_core.sheets.marks import titles_of
from audit_core.sheets.sheet import ROW_ID, own_name
from audit_core.sources.snapshot_frame import named_by_place
from audit_core.store.snapshots import TakenSnapshot
from audit_core.workspace import Workspace

_OF_A_LOOK: Final = frozenset(
    {
        Reason.COLUMN_UNMAPPED,
        Reason.COLUMN_AMBIGUOUS,
        Reason.COLUMN_MISSING,
        Reason.COLUMN_TYPE_UNKNOWN,
        Reason.COLUMN_NEW,
        Reason.FILE_OPEN_ENDED,
        Reason.CELLS_UNPARSED,
        Reason.ROWS_SKIPPED,
        Reason.RULE_NOT_RUN,
        Reason.ROWS_NOT_CHECKED,
    }
)
"""Of these a sheet's newest snapshot has the last word: a sync of many looks tells those of each."""

_KINDS: Final[Mapping[str, str]] = {"exports": "exported files", "smartsheet": "Smartsheet", "sample": "sample"}


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One sheet in the list of all. `sheet_id` "" and `look` None: it was never read."""

    sheet_id: str
    name: str
    kind: str
    look: str | None
    rows: int
    mapped: int
    unmapped: int
    blind_spots: tuple[BlindSpot, ...]


@dataclass(frozen=True, slots=True)
class SheetNow:
    """One sheet as it was last taken, and as the next look will read it if its titles stay.

    `titles`: in sheet order. `read`: by all decisions so far. `made`: the newest decision on each title, withdrawn
    ones left out. `by_hand`: title → the decision that says what it is, also where it bore another title then.
    """

    taken: TakenSnapshot
    titles: tuple[str, ...]
    read: TitleMap
    made: tuple[Made, ...]
    by_hand: Mapping[str, Made]

    @property
    def name(self) -> str:
        """The sheet's name."""
        return self.taken.sheet_name

    @property
    def open_titles(self) -> list[str]:
        """Titles that can be decided about: not mapped and not set aside, or claimed with others for one column."""
        claimed = {title for titles in self.read.ambiguous.values() for title in titles}
        stray = {title for title in self.read.unmapped if title not in self.read.aside}
        return [title for title in self.titles if title in claimed | stray]

    def choices(self, title: str) -> list[str]:
        """The canonical columns that a title can be mapped to: those that no other has, and those that it claims."""
        taken = set(self.read.mapping.values())
        claims = {name for name, titles in self.read.ambiguous.items() if title in titles}
        return [column.name for column in COLUMNS if column.name not in taken or column.name in claims]

    def column_id(self, title: str) -> str:
        """The source's own id of a column, "" where it gives none."""
        return next((each.id for each in self.taken.source_columns if each.title == title), "")

    def require_open(self, title: str) -> None:
        """Raise ConfigError unless the title can be decided about."""
        if title not in self.open_titles:
            raise ConfigError(f"'{self.name}' has no column '{title}' that is not mapped, or claimed twice.")
        if not self.column_id(title) and named_by_place(title):
            raise ConfigError(f"'{title}' is no title of the sheet, only a place in it: give the column a title there.")

    def how(self, title: str) -> str:
        """How it was decided what a title is, in a few words."""
        made = self.by_hand.get(title)
        if made is not None and made.decision.act is Act.MAPPED:
            read = self.taken.titles.get(title) == made.decision.column
            return "by hand" + ("" if read else ", from the next look on")
        if title in self.read.aside:
            return "no billing column, by hand"
        if title in self.read.mapping:
            return "by its title"
        claimed = [name for name, titles in self.read.ambiguous.items() if title in titles]
        return f"claims {claimed[0]} with another" if claimed else "not mapped"

    def columns(self) -> pl.DataFrame:
        """`title, column, how` of every title in sheet order; `column` null where it is none of ours."""
        rows = [(title, self.read.mapping.get(title), self.how(title)) for title in self.titles]
        return pl.DataFrame(rows, schema=dict.fromkeys(("title", "column", "how"), pl.String), orient="row")


def sheet_lines(workspace: Workspace, spots: Sequence[BlindSpot]) -> list[SheetLine]:
    """Every sheet that was read or missed, by name, with what is not seen of it now.

    `spots`: the blind spots of the newest sync.
    """
    kind = _KINDS[workspace.settings.source.kind]
    by_sheet: dict[str, list[BlindSpot]] = {}
    for spot in spots:
        if spot.reason not in _OF_A_LOOK:
            by_sheet.setdefault(spot.sheet, []).append(spot)
    decisions, latest = TitleDecisions(workspace.store), workspace.store.snapshots.latest()
    lines = [
        SheetLine(
            sheet_id, taken.sheet_name, kind, taken.look, taken.rows, len(taken.titles),
            _unmapped(taken, decisions), (*taken.blind_spots, *by_sheet.get(taken.sheet_name, ())),
        )
        for sheet_id, taken in latest.items()
    ]  # fmt: skip
    never = by_sheet.keys() - {taken.sheet_name for taken in latest.values()} - {""}  # "": of no one sheet
    lines += [SheetLine("", name, kind, None, 0, 0, 0, tuple(by_sheet[name])) for name in never]
    return sorted(lines, key=lambda line: (line.name.casefold(), line.sheet_id))


def _unmapped(taken: TakenSnapshot, decisions: TitleDecisions) -> int:
    """How many columns of a snapshot are none of ours, those left out that people set aside."""
    strangers = {name for name in taken.columns if name not in taken.titles.values()}
    titles = [each.title for each in taken.source_columns]
    titles = titles or [made.decision.title for made in decisions.newest(taken.sheet_id)]
    said = decisions.said(taken.sheet_id, titles, taken.source_columns).decided
    return len(strangers - {own_name(title) for title, name in said.items() if name is None})


def sheet_now(workspace: Workspace, actor: Actor, sheet_id: str) -> SheetNow:
    """One sheet. Raises NotAllowed, ConfigError where it was never taken."""
    require(actor, Permission.MANAGE_SOURCES)
    taken = workspace.store.snapshots.newest(sheet_id)
    if taken is None:
        raise ConfigError(f"No sheet {sheet_id} was read so far: there is nothing to decide about.")
    titles = [title for title in titles_of(workspace.store.snapshots.load(taken).columns) if title != ROW_ID]
    decisions = TitleDecisions(workspace.store)
    said = decisions.said(sheet_id, titles, taken.source_columns)
    read = map_titles(titles, said.known(taken.titles), said.decided)
    standing = tuple(made for made in decisions.newest(sheet_id) if made.decision.act is not Act.WITHDRAWN)
    return SheetNow(taken, tuple(titles), read, standing, said.made)
