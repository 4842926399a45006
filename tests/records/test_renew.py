"""A store is started anew: it goes on where the old one stands, names it, and tells nothing twice."""

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from audit_core.access import add_person
from audit_core.actors import OPERATOR, Role, Where
from audit_core.errors import AuditError, ConfigError, LockHeld, VerificationFailed
from audit_core.price_lists.kept import uploads
from audit_core.records import Renewed, renew
from audit_core.review.suppressions import Suppression, end, in_force, suppress
from audit_core.rule_book.decisions import end_exemption, exemptions, standings_by_day
from audit_core.rules.states import State
from audit_core.signing import Verdict, open_keys
from audit_core.store import anchors
from audit_core.store.accounts import Accounts
from audit_core.store.models import Models
from audit_core.store.sessions import Proof, Sessions
from audit_core.store.verify import verify
from audit_core.syncing.sync import Sync
from audit_core.thresholds.limits import Limits
from jobs.__main__ import main
from jobs.tasks import Request, run_retrain
from tests.emulator import Tenant, billing_sheet
from tests.exports import FIRST, SECOND, THIRD, Desk, edited, line
from tests.jobs.processes import leased
from tests.live import live
from tests.price_lists.lists import FROM, NEWER
from tests.price_lists.lists import decided as uploaded
from tests.records.desks import LATER, opened, signing, verified
from tests.records.predecessor import legacy
from tests.review.desks import ANN, BEA
from tests.rules.test_exemptions import made
from tests.rules.test_states import decided

pytestmark = pytest.mark.in_turn(3)

STANDING = [line(n, units_total_price="1.00") for n in range(1, 4)]  # a finding each, from the first look on
LINES = [*STANDING, *(line(n) for n in range(4, 60))]
CHANGED = [*STANDING, *(edited(each, foreman="Foreman 30", pole=f"{each['Pole #']}a") for each in LINES[3:])]


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two looks of a sheet, a person and a model. Not to be altered."""
    desk = Desk(tmp_path_factory.mktemp("grown"))
    desk.look(FIRST, LINES)
    desk.look(SECOND, CHANGED)
    desk.sync_as_job()
    with opened(desk) as workspace:
        run_retrain(workspace, Request("train", now=lambda: LATER))
        add_person(workspace, OPERATOR, "ann@example.com", Role.ADMIN, "a long password", LATER)
    return desk.root


@pytest.fixture
def desk(grown: Path, tmp_path: Path) -> Desk:
    """A copy of it."""
    shutil.copytree(grown, tmp_path, dirs_exist_ok=True)
    return Desk(tmp_path)


def renewed(desk: Desk, to: str = "data-2027") -> Renewed:
    with opened(desk) as workspace:
        return renew(workspace, desk.root / to, "renew-1", LATER)


def moved_in(desk: Desk, to: str = "data-2027") -> Desk:
    """The desk with its data_dir set to the new folder."""
    settings = json.loads(desk.config.read_text())
    desk.config.write_text(json.dumps(settings | {"data_dir": to}))
    return desk


def rows(desk: Desk, data: str, sql: str) -> list[dict[str, Any]]:
    with opened(desk) as workspace:
        assert workspace.settings.data_dir.name == data
        return [dict(row) for row in workspace.store.database.connection().execute(sql)]


def sync(desk: Desk) -> dict[str, Any]:
    with opened(desk) as workspace:
        return Sync(workspace, "sync-after", lambda: LATER).run().as_dict()


def test_the_first_event_names_the_old_ledger_and_its_signed_anchor(desk: Desk) -> None:
    with signing():
        before = verified(desk)
        made = renewed(desk)
        keys = open_keys(desk.config)
        old = verified(desk)
        *_, closed = desk.rows("SELECT * FROM audit_events ORDER BY event_id")
        first = rows(moved_in(desk), "data-2027", "SELECT * FROM audit_events ORDER BY event_id")[0]
        new = verified(desk)
    assert (first["event_id"], first["action"]) == (1, "ledger_continued")
    former = anchors.parse(json.dumps(json.loads(first["evidence"])["anchor"]))
    assert (former.size, former.head, former.root) == (before.events, before.head, before.root)
    assert former == made.former
    assert former.judged(keys) is Verdict.GOOD
    assert str(former.root) in first["issue_description"]
    assert old.events == before.events + 1
    assert closed["action"] == "ledger_closed"
    begun = json.loads(closed["evidence"])
    assert begun["folder"] == str(desk.root / "data-2027")
    assert (begun["anchor"]["size"], begun["anchor"]["root"]) == (new.events, new.root)
    assert new.signed == new.anchors == 1


def test_a_sync_right_after_finds_no_change_and_invents_none(desk: Desk) -> None:
    assert len(desk.events("finding")) == 3
    with signing():
        renewed(desk)
        counters = sync(moved_in(desk))
        verified(desk)
    assert (counters["sheets_failed"], counters["looks"], counters["events_recorded"]) == (0, 0, 0)
    assert counters["rows_checked"] == 0
    assert not rows(desk, "data-2027", "SELECT 1 FROM audit_events WHERE kind != 'action'")


def test_the_next_look_is_compared_with_the_last_one_and_tells_nothing_twice(desk: Desk) -> None:
    with signing():
        renewed(desk)
        moved_in(desk).look(THIRD, [*CHANGED[:-1], edited(CHANGED[-1], foreman="Foreman 99")])
        counters = sync(desk)
        verified(desk)
    assert (counters["looks"], counters["cells_changed"]) == (1, 1)
    told = rows(desk, "data-2027", "SELECT kind, column_name, anomaly_score FROM audit_events WHERE kind != 'action'")
    assert [(each["kind"], each["column_name"]) for each in told] == [("change", "Foreman")]
    assert told[0]["anomaly_score"] is not None  # the model came along


def test_an_old_file_that_was_altered_since_is_still_noticed(desk: Desk) -> None:
    with signing():
        renewed(desk)
        moved_in(desk).look(FIRST, LINES[:-1])
        counters = sync(desk)
    assert [spot["reason"] for spot in counters["blind_spots"] if "not the file that was taken" in spot["detail"]]


def test_a_second_new_beginning_still_knows_what_the_first_ledger_told(desk: Desk) -> None:
    with signing():
        renewed(desk)
        moved_in(desk)
        renewed(desk, "data-2028")
        counters = sync(moved_in(desk, "data-2028"))
        verified(desk)
        assert (counters["sheets_failed"], counters["looks"]) == (0, 0)
        desk.look(THIRD, CHANGED)
        assert sync(desk)["looks"] == 1
    assert not rows(desk, "data-2028", "SELECT 1 FROM audit_events WHERE kind != 'action'")


def test_people_come_along_and_sessions_do_not(desk: Desk) -> None:
    with opened(desk) as workspace:
        accounts = Accounts(workspace.store)
        person = next(each for each in accounts.everybody() if each.role)
        Sessions(workspace.store).open(person, "ab" * 32, Where(), Proof(), datetime.now(UTC))
        was, user = accounts.everybody(), person.user_id
        secret = accounts.password_hash(user)
    with signing():
        renewed(desk)
    with opened(moved_in(desk)) as workspace:
        assert Accounts(workspace.store).everybody() == was
        assert Accounts(workspace.store).password_hash(user) == secret
        assert not workspace.store.database.connection().execute("SELECT 1 FROM sessions").fetchone()


def test_what_was_decided_about_rules_and_prices_comes_along(desk: Desk) -> None:
    decided(desk, "late_entry", State.SHADOW)
    with opened(desk) as workspace:
        today = workspace.today(LATER)
    made(desk, since=today - timedelta(days=9), until=today - timedelta(days=1))  # its time is over
    going_on = made(desk, since=today, until=today)
    with opened(desk) as workspace:
        end_exemption(workspace, OPERATOR, made(desk, "price_mismatch", since=today, until=today), "Done.", LATER)
        was = [exemptions(workspace.store)[going_on]]
    uploaded(desk)
    uploaded(desk, NEWER.replace("60", "61"), approved=False)
    with opened(desk) as workspace:
        stood, prices = standings_by_day(workspace)(FROM), workspace.prices()
    with signing():
        renewed(desk)
    with opened(moved_in(desk)) as workspace:
        assert list(exemptions(workspace.store).values()) == was
        assert standings_by_day(workspace)(FROM) == stood
        assert workspace.prices() is not None
        assert prices is not None
        assert workspace.prices().rates.equals(prices.rates)  # type: ignore[union-attr]
        assert [each.approved_by for each in uploads(workspace.store)] == [OPERATOR.email]
    assert verified(desk).events


def test_suppressions_and_thresholds_in_force_come_along_and_what_waits_does_not(desk: Desk) -> None:
    until = LATER.date() + timedelta(days=30)
    held = Suppression("edited_after_lock", "known", until, column="Pole #", because=1)
    with opened(desk) as workspace:
        sets = workspace.thresholds()
        for limits, published in ((Limits(0.3, 0.7), True), (Limits(0.5, 0.8), True), (Limits(0.9, 0.9), False)):
            sets.draft("field", limits, None, "Two analysts.", ANN, LATER)
            if published:
                sets.publish("field", None, replace(BEA, confirmed_at=LATER), LATER)
        ended = suppress(workspace, replace(held, column="Foreman"), BEA, LATER)
        end(workspace, ended.number, "It was wrong.", BEA, LATER)
        suppress(workspace, held, BEA, LATER)
    with signing():
        renewed(desk)
    with opened(moved_in(desk)) as workspace:
        (kept,) = in_force(workspace.store, LATER.date())
        assert kept.suppression == replace(held, because=None)  # it is of a decision of the old ledger
        states = {each.title: (each.limits, each.state.value) for each in workspace.thresholds().all()}
        assert list(states) == ["default v0", "field v1", "field v2"]
        assert states["field v1"] == (Limits(0.3, 0.7), "superseded")
        assert states["field v2"] == (Limits(0.5, 0.8), "in force")
        assert workspace.thresholds().draft("field", Limits(0.4, 0.7), None, "Anew.", ANN, LATER).version == 3
    assert verified(desk).events


def test_after_a_rollback_the_settings_stay_in_force(desk: Desk) -> None:
    with opened(desk) as workspace:
        sets = workspace.thresholds()
        sets.draft("field", Limits(0.3, 0.7), None, "Two analysts.", ANN, LATER)
        sets.publish("field", None, replace(BEA, confirmed_at=LATER), LATER)
        sets.roll_back("default", 0, "Too many.", OPERATOR, LATER)
    with signing():
        renewed(desk)
    with opened(moved_in(desk)) as workspace:
        assert workspace.thresholds().in_force().title == "default v0"
        workspace.thresholds().roll_back("field", 1, "After all.", OPERATOR, LATER)


def test_the_model_in_use_stays_while_the_new_ledger_has_no_history(desk: Desk) -> None:
    with opened(desk) as workspace:
        model = Models(workspace.store).in_use()
    with signing():
        renewed(desk)
    with opened(moved_in(desk)) as workspace:
        assert workspace.store.features.history().is_empty()
        assert run_retrain(workspace, Request("train", now=lambda: LATER)).counters["promoted"] is False
        assert Models(workspace.store).in_use() == model is not None
        assert workspace.model() is not None


def test_without_a_key_or_with_a_bad_place_nothing_is_made(desk: Desk) -> None:
    with pytest.raises(ConfigError, match="REDLINE_SIGNING_KEY"):
        renewed(desk)
    with signing():
        with pytest.raises(ConfigError, match="lies in the old data folder"):
            renewed(desk, "data/new")
        with pytest.raises(ConfigError, match="is in use"):
            renewed(desk, "exports")
    assert sorted(path.name for path in desk.root.iterdir()) == ["config.json", "data", "exports", "rates.csv"]


def test_an_altered_store_is_not_continued(desk: Desk) -> None:
    (snapshot,) = desk.rows("SELECT file FROM snapshots WHERE look = ?", [SECOND])
    (desk.root / "data" / "snapshots" / snapshot["file"]).write_bytes(b"other")
    with signing(), pytest.raises(VerificationFailed):
        renewed(desk)
    assert not (desk.root / "data-2027").exists()


@pytest.mark.parametrize("job", ["runner", "sync"])
def test_nothing_may_write_meanwhile(desk: Desk, job: str) -> None:
    with signing(), leased(desk.root / "data", job), pytest.raises(LockHeld):
        renewed(desk)


def test_events_recorded_while_it_was_made_end_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    module = import_module("audit_core.records.renew")
    carry = module.carry

    def slowly(*given: Any) -> Any:
        with opened(desk) as other:
            add_person(other, OPERATOR, "bob@example.com", Role.USER, "a long password", LATER)
        return carry(*given)

    monkeypatch.setattr(module, "carry", slowly)
    with signing(), pytest.raises(AuditError, match="recorded meanwhile"):
        renewed(desk)
    assert not (desk.root / "data-2027").exists()
    assert not desk.rows("SELECT 1 FROM audit_events WHERE action = 'ledger_closed'")


def test_a_closed_ledger_is_continued_once(desk: Desk) -> None:
    with signing():
        renewed(desk)
        with pytest.raises(ConfigError, match=r"was closed when .*data-2027 was begun: set data_dir to"):
            renewed(desk, "data-2028")


def test_nothing_new_is_recorded_in_a_closed_ledger(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AUDIT_CONFIG", str(desk.config))
    with signing():
        renewed(desk)
        closed = desk.rows("SELECT count(*) n FROM audit_events")
        desk.look(THIRD, CHANGED[:-1])
        old = str(legacy(tmp_path / "old.db"))
        for words in (["run", "sync"], ["run", "sync", "--dry-run"], ["run", "retrain"], ["import-legacy", old]):
            assert main(words) == 2, words
            assert f"was closed when {desk.root / 'data-2027'} was begun: set data_dir" in capsys.readouterr().err
        assert desk.rows("SELECT count(*) n FROM audit_events") == closed
        for words in (["verify"], ["run", "backup"], ["export", "--to", str(tmp_path / "open")]):
            assert main(words) == 0, words


def test_the_command_says_what_to_do_next(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AUDIT_CONFIG", str(desk.config))
    with signing():
        assert main(["renew", "--to", str(desk.root / "next"), "--json"]) == 0
        said = json.loads(capsys.readouterr().out.splitlines()[-1])
        assert said["job"] == "renew"
        assert "set data_dir to it" in said["message"]
        assert said["former"]["signature"]
        verified(desk)
        moved_in(desk, "next")
        assert main(["run", "sync"]) == 0
        assert main(["verify"]) == 0


def test_the_time_of_the_machine_decides_nothing(desk: Desk) -> None:
    with signing(), opened(desk) as workspace:
        made = renew(workspace, desk.root / "early", "renew-1", datetime(2001, 1, 1, tzinfo=UTC))
    assert made.former.at == "2001-01-01T00:00:00+00:00"


def test_a_live_sheet_goes_on_too(tmp_path: Path) -> None:
    tenant = Tenant(seed=5)
    tenant.rate_limit = False
    north = billing_sheet(tenant, "North", 12, seed=1)
    with live(tmp_path, tenant) as desk, signing():
        desk.sync()
        tenant.tick(3600)
        tenant.edit(north, north.rows[0].id, "Quantity", 41, "ann@example.com")
        desk.sync()
        workspace = desk.open()
        renew(workspace, tmp_path / "next", "renew-1", LATER)
        workspace.store.database.close()
        settings = json.loads(desk.config.read_text())
        desk.config.write_text(json.dumps(settings | {"data_dir": "next"}))
        assert desk.sync()["events_recorded"] == 0
        tenant.tick(3600)
        tenant.edit(north, north.rows[1].id, "Foreman", "Foreman 99", "ann@example.com")
        assert desk.sync()["cells_changed"] == 1
        workspace = desk.open()
        store = workspace.store
        assert verify(store.database, store.snapshots, store.anchor_file, [], store.keys()).signed
        store.database.close()
