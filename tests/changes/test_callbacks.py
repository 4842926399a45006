"""What callbacks say of who made a change: the only one who touched a cell is named, everybody else is not."""

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from audit_core.changes.callbacks import Touch, answers_of
from audit_core.changes.diff import ROW
from audit_core.changes.who import ANSWER_SCHEMA

EARLIER, LATER = datetime(2026, 7, 27, 14, 0, tzinfo=UTC), datetime(2026, 7, 27, 14, 15, tzinfo=UTC)
AT = datetime(2026, 7, 27, 14, 5, tzinfo=UTC)
BEFORE = datetime(2026, 7, 27, 9, 0, tzinfo=UTC)
PEOPLE = {"1": "ann@example.com", "2": "bob@example.com"}
COLUMNS = {"Quantity": "11", "Foreman": "12", ROW: "never"}
_INSTANT = pl.Datetime("us", "UTC")


def change(row_id: str = "r", column: str = "Quantity", kind: str = "modified", **more: Any) -> dict[str, Any]:
    """One change of a row that was modified at BEFORE and then at AT."""
    return {
        "row_id": row_id, "column": column, "kind": kind, "recalculated": False, "b_modified_at": BEFORE,
        "a_modified_at": None if kind == "removed" else AT,
    } | more  # fmt: skip


def touch(user_id: str = "1", at: datetime = AT, column_id: str | None = "11", **more: Any) -> Touch:
    """One touch of a cell of that row."""
    return Touch(**{"row_id": "r", "column_id": column_id, "user_id": user_id, "at": at} | more)


def told(changes: list[dict[str, Any]], *touches: Touch) -> dict[tuple[str, str], tuple[str | None, datetime, str]]:
    """(row, column) → (who, when, label)."""
    schema = dict.fromkeys(("row_id", "column", "kind"), pl.String()) | {"recalculated": pl.Boolean()}
    frame = pl.DataFrame(changes, schema=schema | {"b_modified_at": _INSTANT, "a_modified_at": _INSTANT})
    found = answers_of(frame, touches, COLUMNS, PEOPLE, (EARLIER, LATER))
    assert found.schema == ANSWER_SCHEMA
    rows = {(row[0], row[1]): (row[2], row[3], row[4]) for row in found.iter_rows()}
    assert len(rows) == found.height, "no cell is answered twice"
    return rows


ANN = {("r", "Quantity"): ("ann@example.com", AT, "webhook")}
SECOND = timedelta(seconds=1)


def test_the_only_one_who_touched_a_cell_wrote_it() -> None:
    assert told([change()], touch()) == ANN


def test_whoever_touched_it_several_times_wrote_it_at_the_last() -> None:
    assert told([change()], touch(at=AT - 60 * SECOND), touch()) == ANN


def test_of_two_nobody_is_named() -> None:
    assert told([change()], touch(), touch("2", AT - 60 * SECOND)) == {}


def test_each_cell_of_a_row_has_its_own_writer() -> None:
    found = told([change(), change(column="Foreman")], touch(at=AT - 60 * SECOND), touch("2", column_id="12"))
    assert found == {
        ("r", "Quantity"): ("ann@example.com", AT - 60 * SECOND, "webhook"),
        ("r", "Foreman"): ("bob@example.com", AT, "webhook"),
    }


@pytest.mark.parametrize("user_id", ["3", ""])
def test_who_is_not_known_is_not_named(user_id: str) -> None:
    assert told([change()], touch(user_id)) == {}


def test_somebody_unknown_beside_ann_could_be_the_writer() -> None:
    assert told([change()], touch(), touch("", AT - SECOND)) == {}


@pytest.mark.parametrize(
    ("user_id", "email"),
    [("3940654876256132", "automation@smartsheet.com"), ("3377704922834820", "cell-link@smartsheet.com")],
)
def test_the_systems_own_users_are_known_by_their_numbers(user_id: str, email: str) -> None:
    assert told([change()], touch(user_id)) == {("r", "Quantity"): (email, AT, "webhook")}


def test_what_this_program_wrote_is_no_persons_work() -> None:
    assert told([change()], touch(own=True)) == {("r", "Quantity"): ("ann@example.com", AT, "own write")}
    assert told([change()], touch("3", own=True)) == {("r", "Quantity"): (None, AT, "own write")}
    assert told([change()], touch(own=True), touch(at=AT - SECOND)) == {}, "by hand and by program"


@pytest.mark.parametrize("at", [BEFORE, BEFORE - SECOND, BEFORE + 0.9 * SECOND])
def test_what_the_last_look_already_held_is_not_counted(at: datetime) -> None:
    assert told([change()], touch("2", at), touch()) == ANN
    assert told([change()], touch("2", at)) == {}


def test_what_came_after_the_row_was_read_is_not_counted() -> None:
    assert told([change()], touch(), touch("2", AT + 6 * SECOND)) == ANN


@pytest.mark.parametrize("seconds", [-5, 0, 0.4, 5])
def test_a_callback_and_its_row_may_lie_seconds_apart(seconds: float) -> None:
    at = AT + seconds * SECOND
    assert told([change()], touch(at=at)) == {("r", "Quantity"): ("ann@example.com", at, "webhook")}


def test_where_the_last_modification_was_not_called_about_others_may_be_missing() -> None:
    early = AT - 60 * SECOND
    assert told([change()], touch(at=early)) == {}
    anywhere = touch("2", AT, column_id=None)  # the row as such
    assert told([change()], touch(at=early), anywhere) == {("r", "Quantity"): ("ann@example.com", early, "webhook")}


def test_a_row_without_times_is_bound_by_the_looks() -> None:
    bare = change(b_modified_at=None, a_modified_at=None)
    late = LATER - SECOND
    assert told([bare], touch(at=late)) == {("r", "Quantity"): ("ann@example.com", late, "webhook")}
    assert told([bare], touch("2", EARLIER - SECOND), touch(at=late)) == {
        ("r", "Quantity"): ("ann@example.com", late, "webhook")
    }


def test_a_deleted_row_has_the_one_who_deleted_it() -> None:
    gone = change(column=ROW, kind="removed")
    deleted = touch(column_id=None, deleted=True)
    assert told([gone], touch("2"), deleted) == {("r", ROW): ("ann@example.com", AT, "webhook")}
    assert told([gone], touch("2")) == {}, "who wrote it last did not delete it"
    assert told([gone], deleted, touch("2", AT + SECOND, None, deleted=True)) == {}
    assert told([gone], touch(at=EARLIER - 60 * SECOND, column_id=None, deleted=True)) == {}, "deleted once before"


@pytest.mark.parametrize(
    "other",
    [
        change(recalculated=True),
        change(column=ROW, kind="added", b_modified_at=None),
        change(column="Comment"),
        change("another row"),
    ],
    ids=["calculated again", "a new row", "a column without an id", "another row"],
)
def test_what_callbacks_do_not_tell_is_left_to_other_evidence(other: dict[str, Any]) -> None:
    assert told([other], touch(), touch(column_id=None)) == {}


def test_without_callbacks_and_without_changes_there_are_no_answers() -> None:
    assert told([change()]) == {}
    assert told([], touch()) == {}
