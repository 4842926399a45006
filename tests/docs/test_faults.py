"""The table of faults names tests that exist, and says of each fault what tests it or that it is not built."""

import re
from pathlib import Path

from tests.docs.test_docs import page

ROOT = Path(__file__).parent.parent.parent


def rows() -> list[list[str]]:
    """The cells of each row of the table."""
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in page("faults.md").splitlines()
        if re.match(r"\| \d", line)
    ]


def test_every_fault_has_a_row() -> None:
    assert [row[0] for row in rows()] == [str(number) for number in range(1, 19)]


def test_every_test_that_is_named_exists() -> None:
    named = {name for row in rows() for name in re.findall(r"`(tests/[\w/]+\.py)`", row[3])}
    assert len(named) > 18
    assert not [name for name in named if not (ROOT / name).is_file()]
    assert not {name for name in re.findall(r"`(tests/[\w/.]+)`", page("faults.md")) if not (ROOT / name).exists()}


def test_a_fault_without_a_test_says_that_it_is_not_built() -> None:
    assert [row[0] for row in rows() if "`tests/" not in row[3]] == ["16"]
    assert all("not built yet" in row[2] for row in rows() if row[3] == "–")


def test_every_test_of_faults_is_named() -> None:
    here = {path.relative_to(ROOT).as_posix() for path in (ROOT / "tests" / "faults").glob("test_*.py")}
    assert not {name for name in here if f"`{name}`" not in page("faults.md")}
