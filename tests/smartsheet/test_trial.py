"""A token put to the test: whose it is and what it reaches, at once, and no part of it anywhere."""

from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest

from audit_core.actors import Actor, Role
from audit_core.errors import ConfigError, NotAllowed
from audit_core.token_trial import try_tokens
from tests.emulator import Tenant, billing_sheet
from tests.exports import Desk
from tests.live import Live, live
from tests.mappings.desks import ADA


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Live]:
    tenant = Tenant(seed=31)
    for name in ("North", "South"):
        billing_sheet(tenant, name, 4, seed=1)
    with live(tmp_path, tenant) as made:
        yield made


def test_it_says_whose_it_is_and_what_it_reaches_before_any_sync(desk: Live) -> None:
    (trial,) = try_tokens(desk.open(), ADA)
    assert (trial.variable, trial.trouble, trial.email) == ("SMARTSHEET_ACCESS_TOKEN", None, "auditor@example.com")
    assert (trial.sheets, len(trial.wanted), trial.unreached) == (2, 2, frozenset())
    assert len(desk.emulator.log) == 2
    assert desk.time.slept == 0


def test_sheets_that_it_does_not_reach_are_named(desk: Live) -> None:
    sheet = next(iter(desk.tenant.sheets.values()))
    desk.tenant.deny(sheet, "auditor@example.com")
    (trial,) = try_tokens(desk.open(), ADA)
    assert trial.sheets == 1
    assert trial.unreached == {str(sheet.id)}


def test_each_token_is_tried_by_itself_and_a_refusal_is_a_sentence(desk: Live) -> None:
    desk.tenant.token.state = "expired"
    with patch.dict("os.environ", {"SMARTSHEET_ACCESS_TOKEN_NEXT": "no-such-token"}):
        first, second = try_tokens(desk.open(), ADA)
    assert "The Smartsheet token has expired" in (first.trouble or "")
    assert second.variable == "SMARTSHEET_ACCESS_TOKEN_NEXT"
    assert "does not know the token" in (second.trouble or "")
    assert "no-such-token" not in repr(second)


def test_only_an_admin_and_only_where_there_is_a_token(desk: Live, tmp_path: Path) -> None:
    with pytest.raises(NotAllowed, match="role Admin"):
        try_tokens(desk.open(), Actor("u-2", "bob@example.com", Role.AUDITOR, "s"))
    with pytest.raises(ConfigError, match="do not come from Smartsheet"):
        try_tokens(Desk(tmp_path / "files").workspace(), ADA)
    assert desk.emulator.log == []
