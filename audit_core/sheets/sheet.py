"""One snapshot as the rest of the house sees it: canonical text cells, and the typed state of every row."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl

from audit_core.blind_spots import BlindSpot, Reason
from audit_core.errors import SnapshotRefused
from audit_core.sheets import columns as c
from audit_core.sheets import marks
from audit_core.sheets.cells import canonical_text, parsed
from audit_core.sheets.parsers import (
    PARSED,
    cents,
    is_error_token,
    is_understood,
    normal_cu,
    normal_measure,
    normal_pole,
    normal_work_type,
    parse_checkbox,
    parse_date,
    parse_instant,
    parse_money,
    parse_quantity,
    parse_work_request,
)
from audit_core.sheets.titles import TitleMap, map_titles
from audit_core.sheets.weeks import week_ending_of

ROW_ID: Final = "row_id"
_UTC: Final = ZoneInfo("UTC")
_EXAMPLES: Final = 3
_LONGEST_EXAMPLE: Final = 40


@dataclass(frozen=True, slots=True)
class Sheet:
    """One snapshot of one sheet.

    `cells`: `row_id` and one String column per title, in sheet order, under the canonical name where mapped
    and the sheet's own title elsewhere; blank cells are null. Ask `titles.mapping`, not a column's name,
    whether a column is the canonical one. `blind_spots`: what the titles and `unparsed_cells` leave unseen.
    `types`, `formulas`: column (named as in `cells`) → one mark a row (see marks), only where a column has any.
    """

    sheet_id: str
    sheet_name: str
    cells: pl.DataFrame
    titles: TitleMap
    blind_spots: tuple[BlindSpot, ...]
    types: Mapping[str, pl.Series] = field(default_factory=dict)
    formulas: Mapping[str, pl.Series] = field(default_factory=dict)


def read_sheet(
    raw: pl.DataFrame,
    sheet_id: str,
    sheet_name: str,
    zone: ZoneInfo,
    known: Mapping[str, str] | None = None,
    decided: Mapping[str, str | None] | None = None,
) -> Sheet:
    """A raw snapshot (text cells, key column `row_id`) in canonical columns and canonical text.

    Times without an offset are read in `zone`. `known`: title → canonical name as an earlier snapshot was read.
    `decided`: what a person said of titles (see titles.map_titles).
    Raises SnapshotRefused if there is no `row_id` column.
    """
    if ROW_ID not in raw.columns:
        raise SnapshotRefused(f"Sheet '{sheet_name}' was read without row ids, so its rows cannot be told apart.")
    own = [title for title in marks.titles_of(raw.columns) if title != ROW_ID]
    titles = map_titles(own, known, decided)
    names = {title: titles.mapping.get(title) or own_name(title) for title in own}
    cells = [raw[ROW_ID].cast(pl.String)]
    for title, name in names.items():
        concept = c.BY_NAME[name].concept if title in titles.mapping else c.Concept.TEXT
        cells.append(canonical_text(raw[title], concept, zone).alias(name))
    sheet = Sheet(
        sheet_id,
        sheet_name,
        pl.DataFrame(cells),
        titles,
        (),
        {names[title]: found.alias(names[title]) for title, found in marks.types_of(raw).items()},
        {names[title]: found.alias(names[title]) for title, found in marks.formulas_of(raw).items()},
    )
    return replace(sheet, blind_spots=(*titles.blind_spots(sheet_name), *unparsed_cells(sheet)))


def own_name(title: str) -> str:
    """The name of a column that is none of ours: its title, told from the canonical column of the same name."""
    return f"{title} (not mapped)" if title in c.BY_NAME else title


_Field = tuple[str, str, pl.DataType, Callable[[str], object]]


def _value(text: str) -> str | None:
    return None if is_error_token(text) else text


def _name(text: str) -> str | None:
    """Some sheets hold a tick where others hold the helper's name."""
    return None if is_error_token(text) or is_understood(text, c.Concept.CHECKBOX, _UTC) else text


def _normal(normalise: Callable[[str], str]) -> Callable[[str], str | None]:
    return lambda text: None if is_error_token(text) else normalise(text)


_INSTANT: Final = pl.Datetime("us", "UTC")
# Cells are canonical text by now: instants carry their offset, so the zone given here is never used.
_FIELDS: Final[tuple[_Field, ...]] = (
    ("work_request", c.WORK_REQUEST, pl.String(), parse_work_request),
    ("week", c.WEEK, pl.Date(), parse_date),
    ("week_text", c.WEEK, pl.String(), str),
    ("work_date", c.WORK_DATE, pl.Date(), parse_date),
    ("work_date_text", c.WORK_DATE, pl.String(), str),
    ("completed", c.COMPLETED, pl.Boolean(), parse_checkbox),
    ("quantity", c.QUANTITY, pl.Float64(), lambda text: float(parse_quantity(text).number)),
    ("quantity_text", c.QUANTITY, pl.String(), str),
    ("price_cents", c.PRICE, pl.Int64(), lambda text: cents(parse_money(text))),
    ("cu", c.CU, pl.String(), _normal(normal_cu)),
    ("cu_text", c.CU, pl.String(), str),
    ("work_type", c.WORK_TYPE, pl.String(), _normal(normal_work_type)),
    ("pole", c.POLE, pl.String(), _normal(normal_pole)),
    ("pole_text", c.POLE, pl.String(), str),
    ("foreman", c.FOREMAN, pl.String(), _value),
    ("helper", c.FOREMAN_HELPING, pl.String(), _name),
    ("helper_completed", c.HELPER_COMPLETED, pl.Boolean(), parse_checkbox),
    ("vac_crew", c.VAC_HELPING, pl.String(), _name),
    ("vac_completed", c.VAC_COMPLETED, pl.Boolean(), parse_checkbox),
    ("unit_of_measure", c.UNIT_OF_MEASURE, pl.String(), _normal(normal_measure)),
    ("modified_by", c.MODIFIED_BY, pl.String(), _value),
    ("modified_at", c.MODIFIED_AT, _INSTANT, lambda text: parse_instant(text, _UTC)),
    ("created_by", c.CREATED_BY, pl.String(), _value),
    ("created_at", c.CREATED_AT, _INSTANT, lambda text: parse_instant(text, _UTC)),
)


def state(sheet: Sheet) -> pl.DataFrame:
    """Every row's typed values, one row per `row_id` in sheet order; an absent column is all null.

    Null also means blank, not understood or an error token; the fields that end in `_text` keep the text as
    written, error tokens included. `price_cents` is in cents, `quantity` in the row's unit of measure, instants
    are UTC. `week` is the date as written; `week_ending` is the Sunday of that week, else of the work date's week.
    """
    mapped = set(sheet.titles.mapping.values())
    empty = pl.Series(ROW_ID, [None], dtype=pl.String).new_from_index(0, sheet.cells.height)
    fields = [sheet.cells[ROW_ID]]
    for name, column, dtype, parse in _FIELDS:
        cells = sheet.cells[column] if column in mapped else empty
        fields.append((cells if parse is str else parsed(cells, parse, dtype)).alias(name))
        if name == "week":
            fields.append(pl.Series("week_ending", [None], dtype=pl.Date).new_from_index(0, sheet.cells.height))
    return pl.DataFrame(fields).with_columns(
        week_ending=week_ending_of(pl.coalesce(pl.col("week"), pl.col("work_date")))
    )


def unparsed_cells(sheet: Sheet) -> list[BlindSpot]:
    """One blind spot for each column with cells that are not understood or hold a Smartsheet error.

    Only columns with a parser count; a blank cell is not one that was not understood.
    """
    spots: list[BlindSpot] = []
    for title, name in sheet.titles.mapping.items():
        concept = c.BY_NAME[name].concept
        if concept not in PARSED:
            continue
        cells = sheet.cells[name].drop_nulls()
        odd = [text for text in cells.unique() if not is_understood(text, concept, _UTC)]
        if odd:
            found = cells.filter(cells.is_in(odd)).value_counts(name="cells")
            # Most frequent first, then by text, so that a re-run writes the same sentence.
            counts: list[tuple[str, int]] = found.sort(["cells", name], descending=[True, False]).rows()
            strange = {text: count for text, count in counts if not is_error_token(text)}
            errors = {text: count for text, count in counts if is_error_token(text)}
            spots.append(BlindSpot(sheet.sheet_name, Reason.CELLS_UNPARSED, _sentence(title, strange, errors)))
    return spots


def _sentence(title: str, strange: dict[str, int], errors: dict[str, int]) -> str:
    parts = [
        f"{_cells(sum(found.values()))} {what} ({', '.join(_example(text) for text in list(found)[:_EXAMPLES])})"
        for found, what in ((strange, "not understood"), (errors, "with a Smartsheet error"))
        if found
    ]
    return f"Column '{title}': {', '.join(parts)}."


def _cells(count: int) -> str:
    return f"{count:,} cell{'' if count == 1 else 's'}"


def _example(text: str) -> str:
    return f"'{text}'" if len(text) <= _LONGEST_EXAMPLE else f"'{text[: _LONGEST_EXAMPLE - 1]}…'"
