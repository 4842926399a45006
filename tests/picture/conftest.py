"""Five weeks of looks with edits before and after the lock, deletions, and one crew's lines among another's."""

import pytest

from tests.exports import Desk, edited, line, open_week

LOOKS = ("2025-07-31", "2025-08-05", "2025-08-12", "2025-08-19")


@pytest.fixture(scope="package")
def weeks(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A desk with LOOKS: the last two are seven days apart, and so are the two before."""
    desk = Desk(tmp_path_factory.mktemp("weeks"))
    lines = [line(n, foreman="Foreman 22" if n < 20 else "Foreman 23") for n in range(1, 41)]
    lines += [
        open_week(n, weekly_reference_logged_date="2025-08-31", snapshot_date="2025-08-26") for n in range(41, 61)
    ]
    desk.look(LOOKS[0], lines)
    lines = [edited(lines[0], quantity="9"), *lines[1:]]
    desk.look(LOOKS[1], lines)
    lines = [lines[0], edited(lines[1], quantity="7"), edited(lines[2], units_total_price="0"), *lines[4:]]
    desk.look(LOOKS[2], lines)
    cut = [edited(each, units_total_price="0") for each in lines[3:9]]
    lines = [*lines[:3], *cut, *lines[9:-2], edited(lines[-2], quantity="3"), edited(lines[-1], foreman="Foreman 9")]
    desk.look(LOOKS[3], lines)
    desk.sync_as_job()
    return desk
