"""What an answer means, and how long to wait after it."""

import pytest

from audit_core.sources.smartsheet.verdicts import LONGEST_WAIT_S, Trouble, retry_after, verdict

DATE = "Mon, 27 Jul 2026 14:00:00 GMT"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        ("7.5", 7.5),
        (" 12 ", 12.0),
        ("0", 0.5),
        ("-5", 0.5),
        ("999999999", LONGEST_WAIT_S),
        ("Mon, 27 Jul 2026 14:00:09 GMT", 9.0),
        ("Mon, 27 Jul 2026 13:00:00 GMT", 0.5),
        ("Fri, 27 Jul 2029 13:00:00 GMT", LONGEST_WAIT_S),
        ("Monday, 27-Jul-26 14:00:09 GMT", 9.0),
        ("soon, please", None),
        ("nan", None),
        ("inf", None),
        ("", None),
    ],
)
def test_retry_after_in_all_its_forms(text: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": text, "date": DATE}) == seconds


def error(code: object) -> bytes:
    return f'{{"refId": "x", "errorCode": {code}, "message": "Said\\nso."}}'.encode()


@pytest.mark.parametrize(
    ("status", "body", "trouble"),
    [
        (429, b"", Trouble.RATE),
        (429, b"Too many", Trouble.RATE),
        (400, error(4003), Trouble.RATE),
        (503, error(4001), Trouble.MAINTENANCE),
        (500, error(4000), Trouble.BUSY),
        (500, error(4002), Trouble.BUSY),
        (500, b"[1, 2]", Trouble.BUSY),
        (502, b"<html>", Trouble.BUSY),
        (408, b"", Trouble.BUSY),
        (401, error(1002), Trouble.TOKEN),
        (401, b"", Trouble.TOKEN),
        (403, error(1004), Trouble.DENIED),
        (403, b"", Trouble.DENIED),
        (404, error(1006), Trouble.GONE),
        (404, b"", Trouble.GONE),
        (302, b"", Trouble.BROKEN),
        (400, error(1008), Trouble.REFUSED),
        (400, error('"1008"'), Trouble.REFUSED),
        (410, error(4005), Trouble.REFUSED),
        (400, error("null"), Trouble.REFUSED),
    ],
)
def test_a_bad_answer_is_of_one_kind(status: int, body: bytes, trouble: Trouble) -> None:
    found = verdict(status, {}, body)
    assert found is not None
    assert found.trouble is trouble
    assert "\n" not in found.said


def test_a_good_answer_has_no_verdict() -> None:
    assert verdict(200, {}, b"{}") is None
