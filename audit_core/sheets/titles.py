"""A sheet's column titles → canonical columns, tolerant of spelling, never guessing between two candidates."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from audit_core.blind_spots import BlindSpot, Reason
from audit_core.sheets.columns import BY_NAME, COLUMNS

_WORD: Final = re.compile(r"[^\W_]+")
_NUMBER_WORDS: Final = frozenset({"number", "no", "num", "nbr"})
_CLOSE_ENOUGH: Final = 0.6
"""Similarity from which an unmapped title is offered as the missing column's new name."""


def title_key(title: str) -> str:
    """What two spellings of one title share: 'Job#', 'JOB #' and 'job number' all give 'job'.

    Case, spaces and punctuation fall away, and so does a trailing '#' or 'Number'. A leading '#' is kept as
    a word, because '# Units' counts units while 'Units' may be anything.
    """
    text = unicodedata.normalize("NFKC", title).casefold().strip()
    words = _WORD.findall(text)
    if len(words) > 1 and words[-1] in _NUMBER_WORDS:
        words.pop()
    if text.startswith("#"):
        words.insert(0, "number")
    return "".join(words)


_CANONICAL_OF: Final[Mapping[str, str]] = {
    title_key(title): column.name for column in COLUMNS for title in (column.name, *column.synonyms)
}


@dataclass(frozen=True, slots=True)
class TitleMap:
    """How one sheet's titles were understood.

    `mapping`: title → canonical name, one to one. `unmapped`: every other title, in sheet order.
    `ambiguous`: canonical name → the several titles that look like it; it was decided if the name is also
    mapped. `missing`: required canonical names that no title was mapped to, the undecided ones included.
    `aside`: titles of which a person said that they are no billing column.
    """

    mapping: Mapping[str, str]
    unmapped: tuple[str, ...]
    ambiguous: Mapping[str, tuple[str, ...]]
    missing: tuple[str, ...]
    aside: frozenset[str] = frozenset()

    @property
    def titles(self) -> frozenset[str]:
        """Every title of the sheet."""
        return frozenset((*self.mapping, *self.unmapped))

    def title_of(self, canonical: str) -> str | None:
        """The sheet's own title of a canonical column; None where the sheet has none."""
        return next((title for title, name in self.mapping.items() if name == canonical), None)

    def blind_spots(self, sheet_name: str) -> list[BlindSpot]:
        """One sentence for each column that is not mapped, ambiguous or missing."""
        disputed = {title for titles in self.ambiguous.values() for title in titles}
        strangers = [title for title in self.unmapped if title not in disputed | self.aside]
        spots = [
            BlindSpot(sheet_name, Reason.COLUMN_AMBIGUOUS, _dispute(name, titles, self.title_of(name)))
            for name, titles in self.ambiguous.items()
        ]
        spots += [
            BlindSpot(sheet_name, Reason.COLUMN_MISSING, _absence(name, strangers))
            for name in self.missing
            if name not in self.ambiguous
        ]
        spots += [
            BlindSpot(
                sheet_name,
                Reason.COLUMN_UNMAPPED,
                f"Column '{title}' is not a known billing column: its changes are recorded, but no rule reads it.",
            )
            for title in strangers
        ]
        return spots


def map_titles(
    titles: Sequence[str],
    known: Mapping[str, str] | None = None,
    decided: Mapping[str, str | None] | None = None,
) -> TitleMap:
    """Map a sheet's titles (without the row key) to canonical columns.

    `decided`: title → canonical name, or None for no billing column, as a person said; no other title of the sheet
    competes for a name that is given there.
    A title that `known` names is one of the titles that look like its column, whatever it says now: a column that was
    renamed in the source is still the same.
    Where several titles look like one column, the one that was it so far is taken (`known`: title → canonical name of
    an earlier snapshot); else the only one that is the canonical name itself; without exactly one such title none is.
    """
    said = decided or {}
    by_hand: dict[str, list[str]] = {}
    alike: dict[str, list[str]] = {}
    for title in titles:
        if title in said:
            if name := said[title]:
                by_hand.setdefault(name, []).append(title)
        elif name := (known or {}).get(title) or _CANONICAL_OF.get(title_key(title)):
            alike.setdefault(name, []).append(title)
    candidates = alike | by_hand

    mapping: dict[str, str] = {}
    for name, found in candidates.items():
        before = [title for title in found if known and known.get(title) == name]
        own = before if len(before) == 1 and len(found) > 1 else found
        if len(own) > 1:
            own = [title for title in found if title_key(title) == title_key(name)]
        if len(own) == 1:
            mapping[own[0]] = name

    mapped = set(mapping.values())
    return TitleMap(
        mapping=mapping,
        unmapped=tuple(title for title in titles if title not in mapping),
        ambiguous={name: tuple(found) for name, found in candidates.items() if len(found) > 1},
        missing=tuple(column.name for column in COLUMNS if column.required and column.name not in mapped),
        aside=frozenset(title for title in titles if title in said and said[title] is None),
    )


def _dispute(name: str, titles: Sequence[str], taken: str | None) -> str:
    quoted = [f"'{title}'" for title in titles]
    several = f"{', '.join(quoted[:-1])} and {quoted[-1]} all look like '{name}'"
    if len(titles) == 2:
        several = several.replace(" all look like ", " both look like ")
    if taken is None:
        return f"Columns {several}: none was taken. Consider naming the right one '{name}' and renaming the rest."
    others = ", ".join(f"'{title}'" for title in titles if title != taken)
    return f"Columns {several}: '{taken}' was taken, no rule reads {others}. Consider renaming what is not '{name}'."


def _absence(name: str, strangers: Sequence[str]) -> str:
    sentence = f"No column for '{name}': rules that need it cannot run."
    known = [title_key(title) for title in (name, *BY_NAME[name].synonyms)]
    scored = [
        (max(SequenceMatcher(None, title_key(title), key).ratio() for key in known), title) for title in strangers
    ]
    score, closest = max(scored, default=(0.0, ""))
    if score < _CLOSE_ENOUGH:
        return sentence
    return f"{sentence} Is it now called '{closest}'? Map it (under Sources) or rename it back."
