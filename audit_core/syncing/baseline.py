"""What a new snapshot is compared with: the last one taken, completed by older ones for columns it lacked.

A column that was missing in the last look (renamed for a day, dropped and put back) must not look like thousands of
changes when it returns: its cells are compared with the newest snapshot that had them.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import polars as pl

from audit_core.blind_spots import BlindSpot, Reason
from audit_core.changes.structure import (
    Column,
    StructureChange,
    structure_changes,
    under_todays_titles,
    with_todays_titles,
)
from audit_core.changes.transitions import SheetStep
from audit_core.errors import VerificationFailed
from audit_core.sheets import BY_NAME, Sheet, read_sheet, state
from audit_core.sheets.cells import canonical_text
from audit_core.sheets.columns import SYSTEM_COLUMNS, WORK_REQUEST
from audit_core.sheets.sheet import ROW_ID, own_name
from audit_core.store.snapshots import Refusal, Snapshots, TakenSnapshot


class Baselines:
    """The last state of every sheet, read once and kept for the run."""

    def __init__(self, snapshots: Snapshots, zone: ZoneInfo) -> None:
        self._snapshots = snapshots
        self._zone = zone
        self._sheets: dict[str, Sheet] = {}

    def sheet(self, sheet_id: str) -> Sheet | None:
        """The sheet as it was last taken, None before the first time."""
        if sheet_id not in self._sheets:
            last = self._snapshots.newest(sheet_id)
            if last is None:
                return None
            self._sheets[sheet_id] = self._load(last)
        return self._sheets[sheet_id]

    def moved(self, sheet: Sheet) -> None:
        """`sheet` was committed and is the baseline from now on."""
        self._sheets[sheet.sheet_id] = sheet

    def step(
        self, after: Sheet, look_at: datetime, columns: Sequence[Column] = ()
    ) -> tuple[SheetStep, tuple[BlindSpot, ...]]:
        """The step from the last state to `after`, and what it cannot compare. `columns`: its source's own, if any."""
        before, last = self.sheet(after.sheet_id), self._snapshots.newest(after.sheet_id)
        if before is None or last is None:
            return SheetStep(after.sheet_id, after.sheet_name, None, after, None, look_at, {}), ()
        if last.source_columns and columns:
            return self._step_by_ids(last, after, columns, look_at), ()
        notes = []
        carried: dict[str, datetime] = {}
        fresh = set(after.titles.mapping.values()) - set(before.titles.mapping.values())
        before = self._read_alike(before, last, after)
        unlike = self._spelled_otherwise(after, columns)
        before = replace(before, cells=before.cells.drop(unlike, strict=False))
        for name in after.cells.columns:
            if name in before.cells.columns and name not in fresh:
                continue
            if name in unlike:
                text = f"Column '{name}' holds people, which exports spell otherwise: it is compared from now on."
                notes.append(BlindSpot(after.sheet_name, Reason.COLUMN_NEW, text))
                continue
            older = self._snapshots.last_with_column(after.sheet_id, name)
            if name in before.cells.columns and (older is None or stood_beside(after.titles.title_of(name), older)):
                continue  # its title was there all along, and was not mapped
            if older is None:
                if name in SYSTEM_COLUMNS:  # says who and when, and is never compared
                    continue
                text = f"Column '{name}' is seen for the first time: its cells are compared from the next look on."
                notes.append(BlindSpot(after.sheet_name, Reason.COLUMN_NEW, text))
                continue
            carried[name] = older.look_at
            before = _carry(before, self._load(older), after, name)
        for name in before.cells.columns:
            required = name in BY_NAME and BY_NAME[name].required
            # a required one is told of by the titles, and a system column has no changes to be seen
            if name not in after.cells.columns and not required and name not in SYSTEM_COLUMNS:
                text = f"Column '{name}' is no longer there: changes of its cells cannot be seen."
                notes.append(BlindSpot(after.sheet_name, Reason.COLUMN_MISSING, text))
        return SheetStep(
            after.sheet_id, after.sheet_name, before, after, last.look_at, max(look_at, last.look_at), carried
        ), tuple(notes)

    def _read_alike(self, before: Sheet, last: TakenSnapshot, after: Sheet) -> Sheet:
        """The earlier sheet with each title that both have meaning what it means now.

        A person may have decided about it since: what stood under the title is compared with what stands there.
        """
        was, now = before.titles, after.titles
        both = was.titles & now.titles
        if all(was.mapping.get(title) == now.mapping.get(title) for title in both):
            return before
        said = {title: now.mapping.get(title) for title in both}
        return read_sheet(self._snapshots.load(last), last.sheet_id, last.sheet_name, self._zone, was.mapping, said)

    def _spelled_otherwise(self, after: Sheet, columns: Sequence[Column]) -> list[str]:
        """Columns of people, where a live sheet follows its exported past: names there, e-mails here."""
        people = {each.title for each in columns if "CONTACT" in each.type}
        return [after.titles.mapping.get(title, title) for title in people]

    def known_titles(self, sheet_id: str, columns: Sequence[Column]) -> Mapping[str, str] | None:
        """Title → canonical name as it was decided before: by the columns' ids where both sides have them."""
        before, last = self.sheet(sheet_id), self._snapshots.newest(sheet_id)
        if before is None or last is None:
            return None
        if not (last.source_columns and columns):
            return before.titles.mapping
        named = {each.id: before.titles.mapping.get(each.title) for each in last.source_columns}
        return {each.title: name for each in columns if (name := named.get(each.id))}

    def _step_by_ids(
        self, last: TakenSnapshot, after: Sheet, columns: Sequence[Column], look_at: datetime
    ) -> SheetStep:
        """The step of a sheet whose columns have ids: nothing of it is lost to a new title."""
        before = self._sheets[after.sheet_id]
        structure = structure_changes(last.source_columns, columns)
        if last.sheet_name != after.sheet_name:
            structure = (StructureChange("sheet_renamed", "", last.sheet_name, after.sheet_name), *structure)
        if structure or before.titles.mapping != after.titles.mapping:
            raw = under_todays_titles(self._snapshots.load(last), last.source_columns, columns)
            said = {title: after.titles.mapping.get(title) for title in after.titles.titles}
            before = read_sheet(raw, after.sheet_id, last.sheet_name, self._zone, decided=said)
            before = with_todays_titles(before, after, structure)
        latest = max(look_at, last.look_at)
        return SheetStep(after.sheet_id, after.sheet_name, before, after, last.look_at, latest, {}, structure, True)

    def line_counts(self, column: str, excluding: Set[str]) -> dict[str, int]:
        """How often each value of `column` stands on the sheets that are not in `excluding`."""
        counts: Counter[str] = Counter()
        for _, cells in self._columns(column, excluding):
            counts.update(dict(cells.drop_nulls().value_counts().iter_rows()))
        return dict(counts)

    def lines_of(self, requests: Set[str], excluding: Set[str]) -> pl.DataFrame | None:
        """Settled rows (see sheets.state) of the sheets not in `excluding` that have a line of `requests`.

        With `sheet_id, sheet_name`; None where no sheet has. Few do: a work request is mostly billed on one sheet.
        """
        found = []
        for sheet_id, cells in self._columns(WORK_REQUEST, excluding):
            if cells.is_in(list(requests)).any() and (sheet := self.sheet(sheet_id)) is not None:
                named = state(sheet).with_columns(sheet_id=pl.lit(sheet_id), sheet_name=pl.lit(sheet.sheet_name))
                found.append(named.filter(pl.col("work_request").is_in(list(requests))))
        return pl.concat(found) if found else None

    def _columns(self, column: str, excluding: Set[str]) -> Iterator[tuple[str, pl.Series]]:
        """The cells of one column of each sheet that is not in `excluding`.

        One column of a file, not the whole sheet: there may be a hundred of them beside one that moved.
        """
        for sheet_id, taken in self._snapshots.latest().items():
            title = next((title for title, name in taken.titles.items() if name == column), None)
            if sheet_id not in excluding and title is not None:
                cells = self._snapshots.column(taken, title)
                yield sheet_id, canonical_text(cells, BY_NAME[column].concept, self._zone)

    def held(self, refusal: Refusal, like: Sheet) -> Sheet | None:
        """A snapshot that was read but not believed, understood like `like`, the newer one of its sheet.

        None where it is no longer there, as in a restored store: backups hold what was taken.
        """
        try:
            raw = self._snapshots.load_file(refusal.file or "")
        except VerificationFailed:
            return None
        return read_sheet(raw, like.sheet_id, like.sheet_name, self._zone, like.titles.mapping)

    def _load(self, taken: TakenSnapshot) -> Sheet:
        return read_sheet(self._snapshots.load(taken), taken.sheet_id, taken.sheet_name, self._zone, taken.titles)


def stood_beside(title: str | None, older: TakenSnapshot) -> bool:
    """Whether a title that is mapped now was there in an earlier snapshot too, not mapped: then it took no place."""
    return title is not None and title not in older.titles and own_name(title) in older.columns


def _carry(before: Sheet, older: Sheet, after: Sheet, name: str) -> Sheet:
    """`before` with column `name` as `older` had it; a row that neither had there counts as unchanged."""
    otherwise = name if name in before.cells.columns else "now"
    known = older.cells.select(ROW_ID, pl.col(name).alias("older"), known=pl.lit(value=True))
    now = after.cells.select(ROW_ID, pl.col(name).alias("now"))
    cells = (
        before.cells.join(known, on=ROW_ID, how="left", maintain_order="left")
        .join(now, on=ROW_ID, how="left", maintain_order="left")
        .with_columns(pl.when(pl.col("known")).then("older").otherwise(otherwise).alias(name))
        .drop("older", "known", "now")
    )
    mapping = {**before.titles.mapping, **{t: n for t, n in older.titles.mapping.items() if n == name}}
    return replace(before, cells=cells, titles=replace(before.titles, mapping=mapping))
