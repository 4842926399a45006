"""A tenant, and installations that may write into it."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.emulator import Tenant
from tests.live import Live, live
from tests.write_back.office import Office, Opens


@pytest.fixture
def office() -> Office:
    return Office(Tenant(seed=21))


@pytest.fixture
def opens(tmp_path: Path, office: Office) -> Iterator[Opens]:
    """An installation that audits the one sheet, with these settings of `source.write_back`."""
    with ExitStack() as stack:
        yield lambda **write_back: stack.enter_context(
            live(tmp_path, office.tenant, sheet_ids=[office.audited.id], write_back=write_back)
        )


@pytest.fixture
def desk(opens: Opens, office: Office) -> Live:
    """It writes findings; the sheet was read once."""
    made = opens(findings_sheet_id=office.findings.id)
    made.sync()
    return made
