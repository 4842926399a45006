"""What every source must hold: subclass `SourceConformance` and give it a `source` fixture with a few snapshots."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC

import polars as pl
import pytest

from audit_core.blind_spots import BlindSpot
from audit_core.changes.cells import CellRef
from audit_core.errors import SnapshotRefused
from audit_core.sources.grid import Grid
from audit_core.sources.protocol import ROW_ID, Source


def is_sentence(text: str) -> bool:
    """One line that begins with a capital, a quote or a name, ends with a full stop and shows no Python inside."""
    return (
        len(text) > 20 and text.endswith(".") and "\n" not in text and not re.search(r"Traceback|<class|Error\(", text)
    )


def are_sentences(spots: tuple[BlindSpot, ...]) -> bool:
    return all(is_sentence(spot.detail) for spot in spots)


def read_or_refused(parse: Callable[[bytes, str], Grid], data: bytes) -> Grid | None:
    """The grid, or None when it is refused with a sentence; any other exception is a failure."""
    try:
        return parse(data, "Sheet/file")
    except SnapshotRefused as error:
        refusal = str(error)
    assert is_sentence(refusal), refusal
    return None


class SourceConformance:
    """The suite. `source` must list at least two looks and nothing it refuses to read."""

    @pytest.fixture
    def source(self) -> Source:
        raise NotImplementedError

    def test_it_names_its_kind(self, source: Source) -> None:
        assert source.kind in {"exports", "sample", "smartsheet"}

    def test_versions_are_listed_by_look_then_sheet(self, source: Source) -> None:
        order = [(version.look, version.sheet_id) for version in source.listing({}).versions]
        assert order == sorted(set(order))
        assert len({look for look, _ in order}) > 1

    def test_the_instants_of_looks_follow_their_order(self, source: Source) -> None:
        instants: dict[str, object] = {}
        for version in source.listing({}).versions:
            assert version.look_at.utcoffset() == UTC.utcoffset(None)
            assert instants.setdefault(version.look, version.look_at) == version.look_at
        moments = [version.look_at for version in source.listing({}).versions]
        assert moments == sorted(moments)
        assert len(set(moments)) == len(instants)

    def test_listing_twice_gives_the_same(self, source: Source) -> None:
        assert source.listing({}) == source.listing({})

    def test_the_fingerprint_is_that_of_what_is_read(self, source: Source) -> None:
        for version in source.listing({}).versions:
            fingerprint = source.fingerprint(version)
            assert re.fullmatch(r"[0-9a-f]{64}", fingerprint)
            assert fingerprint == source.read(version).content_sha256

    def test_every_cell_is_text_and_the_key_comes_first(self, source: Source) -> None:
        for version in source.listing({}).versions:
            frame = source.read(version).frame
            assert frame.columns[0] == ROW_ID
            assert set(frame.dtypes) == {pl.String}
            assert frame.height > 0

    def test_row_ids_are_unique_and_never_blank(self, source: Source) -> None:
        for version in source.listing({}).versions:
            ids = source.read(version).frame[ROW_ID]
            assert ids.null_count() == 0
            assert ids.n_unique() == ids.len()
            assert ids.str.strip_chars().equals(ids)
            assert ids.str.len_chars().min() != 0

    def test_a_blank_cell_is_null(self, source: Source) -> None:
        for version in source.listing({}).versions:
            frame = source.read(version).frame
            assert not frame.select(pl.any_horizontal((~pl.all().str.contains(r"\S")).any())).item()

    def test_titles_are_unique_whatever_their_case(self, source: Source) -> None:
        for version in source.listing({}).versions:
            titles = [title.casefold() for title in source.read(version).frame.columns]
            assert len(set(titles)) == len(titles)

    def test_reading_twice_gives_the_same(self, source: Source) -> None:
        for version in source.listing({}).versions:
            first, second = source.read(version), source.read(version)
            assert first.frame.equals(second.frame)
            assert (first.content_sha256, first.blind_spots) == (second.content_sha256, second.blind_spots)

    @pytest.mark.parametrize(
        "location", ["nowhere", "No Sheet/2025-07-31.csv", "../2025-07-31.csv", "/etc/hostname", ""]
    )
    def test_a_version_that_is_not_there_is_refused(self, source: Source, location: str) -> None:
        unknown = replace(source.listing({}).versions[0], location=location)
        for ask in (source.read, source.fingerprint):
            with pytest.raises(SnapshotRefused) as refusal:
                ask(unknown)
            assert is_sentence(str(refusal.value))

    def test_a_version_that_has_moved_on_is_refused(self, source: Source) -> None:
        stale = replace(source.listing({}).versions[0], version="another")
        for ask in (source.read, source.fingerprint):
            with pytest.raises(SnapshotRefused, match="changed after it was listed"):
                ask(stale)

    def test_blind_spots_are_sentences(self, source: Source) -> None:
        listing = source.listing({})
        assert are_sentences(listing.blind_spots)
        for version in listing.versions:
            assert are_sentences(source.read(version).blind_spots)

    def test_histories_are_told_only_of_cells_that_were_asked(self, source: Source) -> None:
        version = source.listing({}).versions[0]
        frame = source.read(version).frame
        cell = CellRef(version.sheet_id, frame[ROW_ID][0], frame.columns[1])
        found = source.histories([cell])
        assert set(found.known) <= {cell}
        for versions in found.known.values():
            times = [version.changed_at for version in versions]
            assert times == sorted(times, reverse=True)
        assert not source.histories([]).known

    def test_who_reaches_a_sheet_is_told_of_listed_sheets_or_of_none(self, source: Source) -> None:
        listed = {version.sheet_id for version in source.listing({}).versions}
        access = source.access()
        if access is None:
            return
        assert access.day is not None
        assert access.sheets.keys() <= listed
        for sheet_id in access.sheets:
            shares = access.shares(sheet_id, patient=True)
            assert {(share.sheet_id, share.kind) for share in shares} <= {(sheet_id, "USER"), (sheet_id, "GROUP")}
            assert shares
