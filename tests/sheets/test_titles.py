"""Titles: tolerant of spelling, never a guess between two."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit_core.blind_spots import Reason
from audit_core.sheets import COLUMNS, map_titles
from audit_core.sheets.titles import title_key

REQUIRED = [column.name for column in COLUMNS if column.required]
EVERY_TITLE = [title for column in COLUMNS for title in (column.name, *column.synonyms)]


@pytest.mark.parametrize(
    ("title", "canonical"),
    [
        ("Work Request #", "Work Request #"),
        ("work request", "Work Request #"),
        ("WORK_REQUEST#", "Work Request #"),
        ("Work Request Number", "Work Request #"),
        ("WR", "Work Request #"),
        ("WR #", "Work Request #"),
        ("Weekly Referenced Logged Date", "Weekly Reference Logged Date"),
        ("Units Completed", "Units Completed?"),
        ("Qty", "Quantity"),
        ("# Units", "Quantity"),
        ("#Units", "Quantity"),
        ("Redlined Total Price", "Units Total Price"),
        ("Total Price", "Units Total Price"),
        ("Billable Unit Code", "CU"),
        ("CU Helper", "CU"),
        ("UOM", "Unit of Measure"),
        ("Point #", "Pole #"),
        ("Point Number", "Pole #"),
        ("Job#", "Job #"),
        ("Job Number", "Job #"),
        ("Scope ID", "Scope #"),
        ("VAC CREW HELPING", "VAC Crew Helping?"),
        ("vac-crew completed unit", "Vac Crew Completed Unit?"),
        ("Modified", "Modified Date"),
        ("Created Date", "Created Date"),
        ("  Snapshot   Date ", "Snapshot Date"),
    ],
)
def test_known_titles(title: str, canonical: str) -> None:
    assert map_titles([title]).mapping == {title: canonical}


@pytest.mark.parametrize("title", ["", "?", "Units", "Comments", "Price", "Unit Price", "Foreman 2", "Job Type"])
def test_strangers(title: str) -> None:
    titles = map_titles([title])
    assert titles.mapping == {}
    assert titles.unmapped == (title,)


def test_no_two_columns_share_a_key() -> None:
    owners: dict[str, set[str]] = {}
    for column in COLUMNS:
        for title in (column.name, *column.synonyms):
            owners.setdefault(title_key(title), set()).add(column.name)
    assert all(len(names) == 1 for names in owners.values())


def test_a_complete_sheet_has_no_blind_spot() -> None:
    titles = map_titles([column.name for column in COLUMNS])
    assert titles.blind_spots("North") == []
    assert titles.missing == titles.unmapped == ()


def test_the_canonical_spelling_wins_and_the_other_is_named() -> None:
    titles = map_titles([*(name for name in REQUIRED if name != "Quantity"), "Qty", "quantity"])
    assert titles.title_of("Quantity") == "quantity"
    assert titles.unmapped == ("Qty",)
    [spot] = titles.blind_spots("North")
    assert spot.reason is Reason.COLUMN_AMBIGUOUS
    assert "'quantity' was taken" in spot.detail
    assert "'Qty'" in spot.detail


@pytest.mark.parametrize("pair", [("Qty", "# Units"), ("Quantity", "quantity ")])
def test_without_one_canonical_spelling_none_is_taken(pair: tuple[str, str]) -> None:
    titles = map_titles([*(name for name in REQUIRED if name != "Quantity"), *pair])
    assert "Quantity" not in titles.mapping.values()
    assert titles.ambiguous == {"Quantity": pair}
    assert titles.missing == ("Quantity",)
    [spot] = titles.blind_spots("North")
    assert spot.reason is Reason.COLUMN_AMBIGUOUS
    assert "none was taken" in spot.detail


def test_a_renamed_column_is_missed_and_its_new_title_guessed_aloud() -> None:
    titles = map_titles([*(name for name in REQUIRED if name != "Units Total Price"), "Units Totl Prices", "Comments"])
    missing, *unmapped = titles.blind_spots("North")
    assert missing.reason is Reason.COLUMN_MISSING
    assert "Is it now called 'Units Totl Prices'? Map it (under Sources) or rename it back." in missing.detail
    assert [spot.reason for spot in unmapped] == [Reason.COLUMN_UNMAPPED] * 2


def test_no_wild_guess() -> None:
    titles = map_titles(["Comments"])
    spots = [spot for spot in titles.blind_spots("North") if spot.reason is Reason.COLUMN_MISSING]
    assert len(spots) == len(REQUIRED)
    assert not any("now called" in spot.detail for spot in spots)


spelled = st.sampled_from(EVERY_TITLE).flatmap(
    lambda title: st.sampled_from([title, title.upper(), title.lower(), f" {title} ", title.replace(" ", "_")])
)


@given(st.lists(st.one_of(spelled, st.text(max_size=12)), unique=True))
def test_never_two_titles_for_one_column(titles: list[str]) -> None:
    found = map_titles(titles)
    assert len(set(found.mapping.values())) == len(found.mapping)
    assert sorted([*found.mapping, *found.unmapped]) == sorted(titles)
    assert set(found.missing) == set(REQUIRED) - set(found.mapping.values())
    # A title that is left out never hides under the name of a column that was mapped.
    assert not set(found.unmapped) & set(found.mapping.values())
    for spot in found.blind_spots("North"):
        assert spot.detail
