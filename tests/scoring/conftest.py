"""Small forests: what is tested here holds for any number of trees, and 20 are fitted in a tenth of the time."""

from collections.abc import Iterator
from unittest.mock import patch

import pytest


@pytest.fixture(scope="module")
def small_forests() -> Iterator[None]:
    """For the tests that ask for it."""
    with patch("audit_core.scoring.forest.TREES", 20):
        yield
