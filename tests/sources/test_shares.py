"""Who can reach a sheet, as Smartsheet tells it: every way of every person, at few requests and without waiting."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from audit_core.sources.protocol import NotNow, Share, SharesUnread
from audit_core.sources.smartsheet.client import Client, Clock, Key
from audit_core.sources.smartsheet.limits import Limits
from audit_core.sources.smartsheet.shares import ShareReader
from audit_core.sources.smartsheet.transport import SdkTransport
from audit_core.store.memory import Shares
from audit_core.store.store import Store
from tests.emulator import Emulator, Tenant, serving
from tests.emulator.state import Share as Given
from tests.live import FakeTime

ANN, BOB, CARLA = "ann@example.com", "bob@example.com", "carla@example.com"
OWNER, AUDITOR = "owner@example.com", "auditor@example.com"
DAY = date(2026, 7, 27)
Readers = Callable[..., ShareReader]


class Notes:
    """A memory that is a dictionary."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}

    def recall(self, name: str) -> Any:
        return self.kept.get(name)

    def remember(self, name: str, value: Any) -> None:
        self.kept[name] = value


@pytest.fixture
def tenant() -> Tenant:
    return Tenant(seed=3)


@pytest.fixture
def emulator(tenant: Tenant) -> Iterator[Emulator]:
    with serving(tenant) as made:
        yield made


@pytest.fixture
def notes() -> Notes:
    return Notes()


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def reader(emulator: Emulator, notes: Notes, time: FakeTime, tmp_path: Path) -> Readers:
    """A reader with a client of its own."""

    def made(per_minute: int = 270) -> ShareReader:
        limits = Limits("token", per_minute, 27, clock=time.clock, folder=tmp_path)
        key = Key("SMARTSHEET_ACCESS_TOKEN", SdkTransport("token", emulator.base, "redline-audit"), limits)
        return ShareReader(Client([key], Clock(time.clock, time.sleep)), notes)

    return made


def group_share(tenant: Tenant, name: str, members: list[str], level: str) -> Given:
    return Given(tenant.ids.word(), level, group=tenant.new_group(name, members))


def ways(shares: tuple[Share, ...], email: str) -> list[tuple[str, str]]:
    """(through, level) of each way of one person."""
    return sorted((share.through, share.level) for share in shares if share.email == email)


def asked(emulator: Emulator) -> Counter[str]:
    """Requests by the first part of their path, and none of them from now on."""
    counted = Counter(call.path.split("/")[1] for call in emulator.log)
    emulator.log.clear()
    return counted


def test_every_way_of_a_person_is_a_share_of_its_own(tenant: Tenant, emulator: Emulator, reader: Readers) -> None:
    home = tenant.new_workspace("Billing", {ANN: "EDITOR_SHARE", AUDITOR: "VIEWER"})
    sheet = tenant.new_sheet("North", home=home, shares={ANN: "VIEWER", AUDITOR: "ADMIN"})
    sheet.shares.append(group_share(tenant, "Crew leads", [ANN, BOB], "EDITOR"))
    home.shares.append(group_share(tenant, "Office", [BOB, CARLA], "COMMENTER"))
    shares = reader().read(str(sheet.id), DAY)
    assert ways(shares, ANN) == [("", "VIEWER"), ("group Crew leads", "EDITOR"), ("workspace", "EDITOR_SHARE")]
    assert ways(shares, BOB) == [("group Crew leads", "EDITOR"), ("group Office, workspace", "COMMENTER")]
    assert ways(shares, CARLA) == [("group Office, workspace", "COMMENTER")]
    assert ("", "OWNER") in ways(shares, OWNER)
    assert {share.kind for share in shares} == {"USER"}
    assert {share.sheet_id for share in shares} == {str(sheet.id)}
    assert all(share.user_id.isdigit() and share.name for share in shares)
    assert asked(emulator) == {"shares": 1, "groups": 2}


@pytest.mark.parametrize("apart", [False, True])
def test_both_scopes_are_read_whichever_way_the_parameter_works(
    tenant: Tenant, emulator: Emulator, reader: Readers, apart: bool
) -> None:
    tenant.scopes_apart = apart
    home = tenant.new_workspace("Billing", {BOB: "EDITOR"})
    first, second = (tenant.new_sheet(name, home=home, shares={AUDITOR: "VIEWER"}) for name in ("North", "South"))
    asking = reader()
    for sheet in (first, second):
        found = sorted((share.email, share.through) for share in asking.read(str(sheet.id), DAY))
        assert found == [(AUDITOR, ""), (BOB, "workspace"), (OWNER, ""), (OWNER, "workspace")]
    assert asked(emulator) == {"shares": 4 if apart else 2}


def test_long_lists_come_in_pages(tenant: Tenant, emulator: Emulator, reader: Readers) -> None:
    people = {f"person{number:03}@example.com": "EDITOR" for number in range(250)}
    sheet = tenant.new_sheet("North", shares={AUDITOR: "VIEWER", **people})
    shares = reader().read(str(sheet.id), DAY)
    assert {share.email for share in shares} == {*people, AUDITOR, OWNER}
    assert len(shares) == 252
    assert asked(emulator) == {"shares": 3}


def test_a_group_is_asked_for_once_a_day(tenant: Tenant, emulator: Emulator, reader: Readers, notes: Notes) -> None:
    crew = group_share(tenant, "Crew leads", [ANN], "EDITOR")
    sheets = [tenant.new_sheet(f"Sheet {number}") for number in range(3)]
    for sheet in sheets:
        sheet.shares.append(crew)
    asking = reader()
    for sheet in sheets[:2]:
        asking.read(str(sheet.id), DAY)
    asking.keep()
    assert asked(emulator)["groups"] == 1
    shares = reader().read(str(sheets[2].id), DAY)  # another run of the same day
    assert ways(shares, ANN) == [("group Crew leads", "EDITOR")]
    assert asked(emulator)["groups"] == 0
    reader().read(str(sheets[2].id), date(2026, 7, 28))
    assert asked(emulator)["groups"] == 1


def test_a_group_whose_members_are_not_visible_is_kept_as_a_group(tenant: Tenant, reader: Readers) -> None:
    tenant.me.admin = False
    sheet = tenant.new_sheet("North", shares={AUDITOR: "VIEWER", ANN: "EDITOR"})
    sheet.shares.append(group_share(tenant, "Crew leads", [BOB], "ADMIN"))
    asking = reader()
    for _ in range(2):  # the second time from what was learned
        (group,) = [share for share in asking.read(str(sheet.id), DAY) if share.kind == "GROUP"]
        assert (group.name, group.level, group.through, group.email) == ("Crew leads", "ADMIN", "", "")


def test_an_unknown_level_is_kept_as_it_is(tenant: Tenant, emulator: Emulator, reader: Readers) -> None:
    sheet = tenant.new_sheet("North")
    emulator.faults.add("unknown_enum", "GET /shares")
    assert {share.level for share in reader().read(str(sheet.id), DAY)} == {"OVERSEER"}


def test_ids_may_be_text(tenant: Tenant, emulator: Emulator, reader: Readers) -> None:
    sheet = tenant.new_sheet("North")
    sheet.shares.append(group_share(tenant, "Crew leads", [ANN], "EDITOR"))
    emulator.faults.add("string_ids", "GET ")
    emulator.faults.add("unknown_field", "GET ")
    assert ways(reader().read(str(sheet.id), DAY), ANN) == [("group Crew leads", "EDITOR")]


def test_without_room_it_does_not_wait(tenant: Tenant, emulator: Emulator, reader: Readers, time: FakeTime) -> None:
    sheet = tenant.new_sheet("North")
    asking = reader(per_minute=1)
    asking.read(str(sheet.id), DAY)
    with pytest.raises(NotNow):
        asking.read(str(sheet.id), DAY)
    assert time.slept == 0
    assert asked(emulator) == {"shares": 1}
    time.sleep(61)
    assert asking.read(str(sheet.id), DAY)


@pytest.mark.parametrize(
    ("status", "code"), [(429, 4003), (503, 4001), (401, 1003)], ids=["limits", "maintenance", "token"]
)
def test_what_all_requests_would_hear_is_no_failure_of_this_sheet(
    tenant: Tenant, emulator: Emulator, reader: Readers, time: FakeTime, status: int, code: int
) -> None:
    sheet = tenant.new_sheet("North")
    emulator.faults.add("api", "GET /shares", args={"status": status, "code": code})
    with pytest.raises(NotNow):
        reader().read(str(sheet.id), DAY)
    assert time.slept < 1


@pytest.mark.parametrize(
    ("fault", "args", "final", "requests"),
    [
        ("api", {"status": 403, "code": 1004}, True, 1),
        ("api", {"status": 404, "code": 1006}, True, 1),
        ("api", {"status": 400, "code": 1008}, True, 1),
        ("api", {"status": 500, "code": 4000}, False, 4),
        ("html", {"status": 502}, False, 4),
        ("truncate_json", {}, False, 4),
    ],
)
def test_a_failure_is_a_sentence_and_says_whether_to_try_again(
    tenant: Tenant, emulator: Emulator, reader: Readers, fault: str, args: dict[str, int], final: bool, requests: int
) -> None:
    sheet = tenant.new_sheet("North")
    emulator.faults.add(fault, "GET /shares", args=args)
    with pytest.raises(SharesUnread) as failure:
        reader().read(str(sheet.id), DAY)
    assert failure.value.final is final
    assert str(failure.value).endswith(".")
    assert asked(emulator) == {"shares": requests}


def test_a_group_that_fails_for_now_fails_the_sheet(tenant: Tenant, emulator: Emulator, reader: Readers) -> None:
    sheet = tenant.new_sheet("North")
    sheet.shares.append(group_share(tenant, "Crew leads", [ANN], "EDITOR"))
    emulator.faults.add("html", "GET /groups", args={"status": 502})
    asking = reader()
    with pytest.raises(SharesUnread) as failure:
        asking.read(str(sheet.id), DAY)
    assert not failure.value.final
    emulator.faults.clear()
    assert ways(asking.read(str(sheet.id), DAY), ANN) == [("group Crew leads", "EDITOR")]


def test_who_could_have_edited_is_only_told_where_it_is_fully_known(tmp_path: Path) -> None:
    store = Store(tmp_path / "data")
    store.create()
    shares: Shares = store.shares

    def given(email: str, level: str, kind: str = "USER") -> Share:
        return Share("1", email, "", "", kind, level, "")

    shares.record(DAY, "1", [given(ANN, "EDITOR"), given(BOB, "VIEWER"), given(CARLA, "OVERSEER")])
    assert shares.editors("1") == (ANN, CARLA)
    shares.record(DAY, "1", [given(ANN, "EDITOR"), given("", "EDITOR", "GROUP")])
    assert shares.editors("1") == ()
    shares.record(DAY, "1", [given(ANN, "EDITOR"), given("", "VIEWER", "GROUP")])
    assert shares.editors("1") == (ANN,)
    store.database.close()
