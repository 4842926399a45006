"""A tenant with one billing sheet, served."""

from collections.abc import Iterator

import pytest

from tests.emulator import Emulator, Tenant, billing_sheet, serving
from tests.emulator.state import Sheet


@pytest.fixture
def tenant() -> Tenant:
    """A tenant with one billing sheet of 30 rows."""
    made = Tenant(7)
    billing_sheet(made, "North", 30, 7)
    return made


@pytest.fixture
def sheet(tenant: Tenant) -> Sheet:
    """The billing sheet."""
    return tenant.find_sheet("North")


@pytest.fixture
def emu(tenant: Tenant) -> Iterator[Emulator]:
    """The tenant, served."""
    with serving(tenant) as emulator:
        yield emulator
