"""Sharing and the token's health, once a day at the end of a sync: what it costs, what it leaves, when it fails."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from audit_core.sources.health import Health, recall_health
from audit_core.sources.protocol import Share
from audit_core.store.access import AccessFacts
from audit_core.store.accounts import Accounts
from audit_core.store.store import Store
from audit_core.syncing.sharing import Known, Reach, effective, known, reach
from jobs.execute import Result, execute
from jobs.tasks import JOBS
from tests.emulator import EDITORS, Tenant, billing_sheet
from tests.exports import FIRST, Desk, line
from tests.live import Live, live

pytestmark = pytest.mark.in_turn(3)

AUDITOR, OWNER = "auditor@example.com", "owner@example.com"
DAY_S = 86_400
Opens = Callable[..., Live]


@pytest.fixture
def tenant() -> Tenant:
    """Three sheets."""
    made = Tenant(seed=12)
    made.rate_limit = False
    for number in range(3):
        billing_sheet(made, f"Billing {number}", 5, seed=number)
    return made


@pytest.fixture
def opens(tmp_path: Path, tenant: Tenant) -> Iterator[Opens]:
    """An installation with these further settings of the source."""
    with ExitStack() as stack:
        yield lambda **source: stack.enter_context(live(tmp_path, tenant, **source))


@pytest.fixture
def desk(opens: Opens) -> Live:
    return opens()


def asked(desk: Live) -> Counter[str]:
    """Requests by the first part of their path, and none of them from now on."""
    return Counter(path.split("/")[1] for path in desk.asked())


def later(desk: Live, seconds: int) -> None:
    """Let time pass for both sides."""
    desk.tenant.tick(seconds)
    desk.time.sleep(seconds)


def store(desk: Live) -> Store:
    return desk.open().store


def health(desk: Live) -> Health:
    found = recall_health(store(desk).memory)
    assert found is not None
    return found


def shares_of_the_day(desk: Live) -> dict[str, date | None]:
    """Sheet → the day its shares are of."""
    return {sheet: who.day for sheet, who in reach(store(desk), [str(each) for each in desk.tenant.sheets]).items()}


def unread(counters: dict[str, Any]) -> list[dict[str, str]]:
    return [spot for spot in counters["blind_spots"] if spot["reason"] == "shares not read"]


# ── shares ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_each_sheet_is_asked_once_a_day_and_an_idle_sync_asks_nothing_more(desk: Live) -> None:
    first = desk.sync()
    assert first["requests"]["daily shares"] == 3
    assert set(shares_of_the_day(desk).values()) == {date(2026, 7, 27)}
    asked(desk)
    later(desk, 900)
    assert desk.sync()["requests"] == {"listing": 1}
    assert asked(desk) == {"sheets": 1}
    later(desk, DAY_S)
    assert desk.sync()["requests"]["daily shares"] == 3
    assert set(shares_of_the_day(desk).values()) == {date(2026, 7, 28)}


def test_the_day_is_the_business_day_of_the_source_s_clock(desk: Live) -> None:
    later(desk, 12 * 3600)  # 02:00 UTC on the 28th is still the 27th in Chicago
    desk.sync()
    assert set(shares_of_the_day(desk).values()) == {date(2026, 7, 27)}


def test_whoever_reaches_a_sheet_is_seen_and_may_not_use_the_app(desk: Live) -> None:
    desk.sync()
    rows = store(desk).database.connection().execute("SELECT user_id, email, role FROM user_permissions ORDER BY email")
    assert [tuple(row) for row in rows] == [
        (f"seen:{email}", email, None) for email in sorted({AUDITOR, OWNER, *EDITORS})
    ]


def test_the_numbers_of_a_sheet_count_people_once(desk: Live) -> None:
    sheet = next(iter(desk.tenant.sheets.values()))
    sheet.shares += desk.tenant.shares_of({EDITORS[0]: "VIEWER", "new@example.com": "COMMENTER"})
    desk.sync()
    found = reach(store(desk), [str(sheet.id)])[str(sheet.id)]
    assert (found.people, found.editors, found.unseen) == (8, 7, ())  # five editors, owner, auditor; one comments


def test_how_well_shares_are_known_is_said_of_all_sheets_together() -> None:
    today, before = date(2026, 1, 5), date(2026, 1, 4)
    reached = {"1": Reach(today), "2": Reach(before), "3": Reach(None), "4": Reach(today)}
    assert known(reached) == Known(today, 1, ("3",))
    assert known({}) == Known(None, 0, ())


def test_the_first_time_it_waits_for_room(opens: Opens) -> None:
    desk = opens(requests_per_minute=8)  # one list, three reads, two probes, and two of three shares
    assert desk.sync()["requests"]["daily shares"] == 3
    assert 60 <= desk.time.slept < 70


def test_without_room_it_stops_without_waiting_and_the_next_syncs_go_on(opens: Opens) -> None:
    desk = opens(requests_per_minute=8)  # one list, three reads, two probes, two shares
    store(desk).shares.record(date(2026, 7, 26), "1", [Share("1", "ann@x.co", "", "", "USER", "OWNER", "")])
    first = desk.sync()
    assert first["requests"]["daily shares"] == 2
    assert desk.time.slept == 0
    assert unread(first) == []
    assert sorted(map(str, shares_of_the_day(desk).values())) == ["2026-07-27", "2026-07-27", "None"]
    later(desk, 900)
    assert desk.sync()["requests"] == {"listing": 1, "daily shares": 1}
    later(desk, 900)
    assert desk.sync()["requests"] == {"listing": 1}


def test_shares_that_were_not_read_are_a_blind_spot_and_tried_once_more(desk: Live) -> None:
    sheet = list(desk.tenant.sheets.values())[1]
    desk.emulator.faults.add("html", "GET /shares", when=2, times=4, args={"status": 502})
    first = desk.run()
    assert (first.exit_code, first.status) == (0, "ok")  # every sheet was read
    (spot,) = unread(dict(first.counters))
    assert spot["detail"].startswith(f"Who can reach '{spot['sheet']}' could not be read today: ")
    assert sum(day is not None for day in shares_of_the_day(desk).values()) == 2
    desk.emulator.faults.clear()
    desk.emulator.faults.add("html", "GET /shares", args={"status": 502})
    asked(desk)
    for shares in (4, 0, 0):
        later(desk, 900)
        assert len(unread(desk.sync())) == 1
        assert asked(desk)["shares"] == shares
    desk.emulator.faults.clear()
    later(desk, DAY_S)
    assert unread(desk.sync()) == []
    assert shares_of_the_day(desk)[str(sheet.id)] == date(2026, 7, 28)


def test_a_second_try_that_succeeds_ends_the_blind_spot(desk: Live) -> None:
    desk.emulator.faults.add("html", "GET /shares", when=1, times=4, args={"status": 502})
    assert len(unread(desk.sync())) == 1
    later(desk, 900)
    assert unread(desk.sync()) == []
    assert None not in shares_of_the_day(desk).values()


def test_a_refusal_is_final_for_the_day(desk: Live) -> None:
    desk.emulator.faults.add("api", "GET /shares", args={"status": 403, "code": 1004})
    assert len(unread(desk.sync())) == 3
    assert asked(desk)["shares"] == 3
    later(desk, 900)
    assert len(unread(desk.sync())) == 3
    assert asked(desk) == {"sheets": 1}


def test_a_sheet_that_appears_on_a_day_that_is_done_is_asked_for(tmp_path: Path, tenant: Tenant) -> None:
    home = tenant.new_workspace("Billing")
    billing_sheet(tenant, "Billing 7", 5, 7, home)
    with live(tmp_path, tenant, workspace_ids=[home.id]) as desk:
        desk.sync()
        made = billing_sheet(tenant, "Billing 8", 5, 8, home)
        later(desk, 900)
        assert desk.sync()["requests"]["daily shares"] == 1
        assert shares_of_the_day(desk)[str(made.id)] == date(2026, 7, 27)


def test_a_sheet_out_of_reach_is_not_asked_for(desk: Live) -> None:
    first = next(iter(desk.tenant.sheets.values()))
    desk.tenant.deny(first, AUDITOR)
    assert desk.run().exit_code == 3
    assert asked(desk)["shares"] == 2


def test_a_dry_run_remembers_nothing_of_it(desk: Live) -> None:
    result = execute(desk.open(), JOBS["sync"], dry_run=True)
    assert result.counters["requests"]["daily shares"] == 3
    assert recall_health(store(desk).memory) is None
    assert set(shares_of_the_day(desk).values()) == {None}


def test_a_folder_of_files_knows_nobody(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.look(FIRST, [line(1)])
    desk.sync()
    assert desk.workspace().source().access() is None
    assert desk.rows("SELECT * FROM sheet_shares") == []
    assert desk.rows("SELECT * FROM source_memory") == []


def test_the_highest_level_counts_and_an_unknown_one_is_not_overlooked() -> None:
    def way(email: str, level: str, kind: str = "USER") -> Share:
        return Share("1", email, "", "", kind, level, "")

    shares = [
        way("ann@example.com", "VIEWER"), way("Ann@Example.com", "ADMIN"), way("ann@example.com", "EDITOR"),
        way("bob@example.com", "OWNER"), way("bob@example.com", "OVERSEER"), way("", "EDITOR", "GROUP"),
        way("carla@example.com", "COMMENTER"), way("carla@example.com", "VIEWER"),
    ]  # fmt: skip
    assert effective(shares) == {
        "ann@example.com": "ADMIN",
        "bob@example.com": "OVERSEER",
        "carla@example.com": "COMMENTER",
    }


# ── the token ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_health_says_whose_token_it_is_and_what_it_may(desk: Live) -> None:
    sheet = next(iter(desk.tenant.sheets.values()))
    desk.tenant.change_access(sheet, AUDITOR, "VIEWER", OWNER)
    desk.sync()
    found = health(desk)
    assert (found.variable, found.email, found.admin) == ("SMARTSHEET_ACCESS_TOKEN", AUDITOR, True)
    assert found.worked_at == desk.tenant.now
    assert found.refused == ()
    assert {name.name: name.level for name in found.sheets.values()} == {
        "Billing 0": "VIEWER",
        "Billing 1": "EDITOR",
        "Billing 2": "EDITOR",
    }
    assert (found.requests, found.heavy) == (len(desk.emulator.log), 0)


@pytest.mark.parametrize("there", [False, True])
def test_the_event_reporting_is_probed_once_a_day(desk: Live, there: bool) -> None:
    desk.tenant.events_addon = there
    desk.sync()
    assert asked(desk)["events"] == 1
    assert health(desk).events_addon is there
    later(desk, 900)
    desk.sync()
    assert asked(desk)["events"] == 0
    later(desk, DAY_S)
    desk.sync()
    assert asked(desk)["events"] == 1


def test_a_probe_that_fails_for_now_is_asked_again_by_the_next_sync(desk: Live) -> None:
    desk.emulator.faults.add("html", "GET /events", args={"status": 502})
    assert desk.run().exit_code == 0
    assert health(desk).events_addon is None
    desk.emulator.faults.clear()
    later(desk, 900)
    desk.sync()
    assert health(desk).events_addon is False


def refused(desk: Live) -> list[tuple[str, str]]:
    return [(each.variable, each.sentence) for each in health(desk).refused]


@pytest.mark.parametrize(("state", "word"), [("expired", "expired"), ("revoked", "revoked")])
def test_a_refused_token_is_remembered_with_its_time_until_it_works_again(desk: Live, state: Any, word: str) -> None:
    desk.sync()
    worked = health(desk).worked_at
    later(desk, 900)
    desk.tenant.token.state = state
    before = datetime.now(UTC)
    result: Result = desk.run()
    assert result.exit_code == 75
    ((variable, sentence),) = refused(desk)
    assert (variable, sentence) == ("SMARTSHEET_ACCESS_TOKEN", result.message)
    assert word in sentence
    assert health(desk).refused[0].at >= before
    assert health(desk).worked_at == worked
    assert len(health(desk).sheets) == 3  # what was known stays
    desk.tenant.token.state = "ok"
    asked(desk)
    desk.sync()
    assert refused(desk) == []
    assert asked(desk)["users"] == 1  # it may be another person's now


def test_a_token_that_never_worked_is_remembered_too(desk: Live) -> None:
    desk.tenant.token.state = "invalid"
    assert desk.run().exit_code == 75
    assert [variable for variable, _ in refused(desk)] == ["SMARTSHEET_ACCESS_TOKEN"]
    assert health(desk).worked_at is None


def test_a_token_that_is_replaced_in_the_run_is_told(desk: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.tenant.new_token("another", "admin@example.com")
    for sheet in desk.tenant.sheets.values():
        sheet.shares += desk.tenant.shares_of({"admin@example.com": "ADMIN"})
    desk.tenant.token.state = "expired"
    monkeypatch.setenv("SMARTSHEET_ACCESS_TOKEN_NEXT", "another")
    for _ in range(2):
        result = desk.run()
        assert result.exit_code == 0
        (spot,) = [spot for spot in result.counters["blind_spots"] if spot["reason"] == "token refused"]
        assert "SMARTSHEET_ACCESS_TOKEN, and the one in SMARTSHEET_ACCESS_TOKEN_NEXT was used" in spot["detail"]
        found = health(desk)
        assert (found.variable, found.email) == ("SMARTSHEET_ACCESS_TOKEN_NEXT", "admin@example.com")
        assert refused(desk) == [("SMARTSHEET_ACCESS_TOKEN", spot["detail"])]


def test_a_token_revoked_after_the_looks_leaves_them_whole(desk: Live) -> None:
    desk.emulator.faults.add("token_flip", "GET /shares", when=1, args={"state": "revoked"})
    result = desk.run()
    assert (result.exit_code, result.counters["looks"]) == (0, 1)
    assert unread(dict(result.counters)) == []
    assert [variable for variable, _ in refused(desk)] == ["SMARTSHEET_ACCESS_TOKEN"]


def test_a_network_that_is_down_changes_nothing_that_is_known(desk: Live) -> None:
    desk.sync()
    before = health(desk)
    desk.emulator.faults.add("reset", "GET ")
    assert desk.run().exit_code == 75
    assert health(desk) == before


def test_health_of_another_version_is_learned_anew(desk: Live) -> None:
    store(desk).memory.remember("smartsheet health", {"refused": "never"})
    assert recall_health(store(desk).memory) is None
    desk.sync()
    assert health(desk).email == AUDITOR


def test_shares_that_stay_the_same_are_kept_once_with_their_days(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.create()
    ann, bob = (Share("7", f"{name}@x.co", name, "1", "USER", "EDITOR", "") for name in ("ann", "bob"))
    first = date(2026, 7, 27)
    for days, shares in ((0, [ann]), (1, [ann]), (2, [ann]), (3, [ann, bob]), (4, [ann, bob]), (4, [bob])):
        store.shares.record(first + timedelta(days=days), "7", shares)
    rows = store.database.connection().execute("SELECT email, day, until FROM sheet_shares ORDER BY day, email")
    assert [tuple(row) for row in rows] == [
        ("ann@x.co", "2026-07-27", "2026-07-29"),
        ("ann@x.co", "2026-07-30", "2026-07-30"),
        ("bob@x.co", "2026-07-30", "2026-07-30"),
        ("bob@x.co", "2026-07-31", "2026-07-31"),
    ]
    assert store.shares.newest("7") == (date(2026, 7, 31), [bob])
    store.database.close()


def test_that_nobody_is_left_on_a_sheet_is_kept_like_any_other_answer(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.create()
    ann, first = Share("7", "ann@x.co", "ann", "1", "USER", "EDITOR", ""), date(2026, 7, 27)
    assert store.shares.newest("7") == (None, [])
    for days, shares in ((0, [ann]), (1, []), (3, [])):
        store.shares.record(first + timedelta(days=days), "7", shares)
    assert store.shares.newest("7") == (date(2026, 7, 30), [])
    assert store.shares.editors("7") == ()
    assert AccessFacts(store.database).last_shared() == {"ann@x.co": "2026-07-27"}
    assert [person.email for person in Accounts(store).everybody()] == ["ann@x.co"]
    store.shares.record(first + timedelta(days=3), "7", [ann])
    assert store.shares.newest("7") == (date(2026, 7, 30), [ann])
    store.database.close()
