"""A text of the store means something, or says in one sentence that this program never wrote it."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from audit_core import written
from audit_core.errors import VerificationFailed


def test_what_was_written_is_read_back() -> None:
    assert written.instant("2026-03-08T02:30:00-06:00") == datetime(2026, 3, 8, 8, 30, tzinfo=UTC)
    assert written.day("2026-03-08") == date(2026, 3, 8)
    assert written.content('{"a": [{"b": 1}], "c": null}') == {"a": [{"b": 1}], "c": None}


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (written.instant, "2026-03-08T02:30:00+00\x1a00"),
        (written.instant, "2026-03-08T02:30:00"),
        (written.instant, "0001-01-01T00:00:00+23:00"),
        (written.instant, b"2026-03-08T02:30:00+00:00"),
        (written.instant, None),
        (written.day, "2026-03-0"),
        (written.day, None),
        (written.content, '{"a": 1'),
        (written.content, "[" * 100_000),
        (written.content, None),
    ],
)
def test_what_means_nothing_was_not_written_here(read: Callable[[object], object], text: object) -> None:
    with pytest.raises(VerificationFailed, match="what this program never writes") as told:
        read(text)
    assert len(str(told.value)) < 300


def test_a_name_that_is_asked_for_must_be_there() -> None:
    said = written.content('{"proof": {"look": "2026-03-08"}}')
    assert said["proof"].get("event") is None
    with pytest.raises(VerificationFailed, match="no 'event' in"):
        said["proof"]["event"]
