"""The drill: the newest copy is restored, verified and reported from; what does not agree fails it, and is recorded."""

import json
from datetime import timedelta

import pytest

from audit_core.backups import Drill, drill
from audit_core.backups.manifest import MANIFEST, Manifest
from audit_core.errors import AuditError, VerificationFailed
from jobs.execute import execute
from jobs.tasks import JOBS
from tests.backups.damages import flipped, seal_again
from tests.backups.stores import EVENTS, NOW, actions, back_up, change, manifest_of, opened, tree
from tests.exports import Desk

pytestmark = pytest.mark.in_turn(3)

HOURS = timedelta(hours=26)


def drilled(desk: Desk, later: timedelta = HOURS) -> Drill:
    with opened(desk) as workspace:
        return drill(workspace, "run-d", NOW + later)


def test_a_drill_says_how_long_it_took_and_how_old_the_copy_was(desk: Desk) -> None:
    made = back_up(desk)
    others = tree(desk.root / "data" / "backups")
    passed = drilled(desk)
    assert (passed.path, passed.events, passed.totals_agree) == (str(made.path), EVENTS, True)
    assert passed.rto_s > 0
    assert passed.rpo_s == HOURS.total_seconds()
    (told,) = actions(desk, "drill_passed")
    assert (told["audit_run_id"], "its control totals agree" in told["issue_description"]) == ("run-d", True)
    sealed = json.loads(told["evidence"])
    assert (sealed["rto_s"], sealed["rpo_s"], sealed["path"]) == (passed.rto_s, passed.rpo_s, passed.path)
    # nothing is left of it, and the backups are as they were
    assert tree(desk.root / "data" / "backups") == others
    assert not list((desk.root / "data").glob(".*"))


def test_the_same_backup_gives_the_same_report(desk: Desk) -> None:
    back_up(desk)
    assert drilled(desk).report_sha256 == drilled(desk, 2 * HOURS).report_sha256


def test_the_newest_one_is_taken_also_when_more_happened_since(desk: Desk) -> None:
    back_up(desk)
    last = back_up(desk, NOW + timedelta(hours=1))
    back_up_events = drilled(desk)
    assert (back_up_events.path, back_up_events.events) == (str(last.path), EVENTS + 1)


def test_as_a_job_it_returns_its_counters(desk: Desk) -> None:
    back_up(desk)
    with opened(desk) as workspace:
        result = execute(workspace, JOBS["drill"]).as_dict()
    assert (result["status"], result["events"], result["totals_agree"]) == ("ok", EVENTS, True)
    assert {"rto_s", "rpo_s", "path"} <= result.keys()


def test_a_rehearsal_drills_and_records_nothing(desk: Desk) -> None:
    back_up(desk)
    with opened(desk) as workspace:
        assert execute(workspace, JOBS["drill"], dry_run=True).exit_code == 0
    assert actions(desk, "drill_passed") == []


# --- failures ---


def failed(desk: Desk, error: type[AuditError], why: str) -> None:
    """The drill fails with that sentence, which is sealed, and leaves nothing behind."""
    with pytest.raises(error, match=why) as raised:
        drilled(desk)
    assert type(raised.value) is error
    assert actions(desk, "drill_failed")[-1]["issue_description"] == f"Drill failed: {raised.value}"
    assert not list((desk.root / "data").glob(".*"))


def test_without_a_backup_there_is_nothing_to_drill(desk: Desk) -> None:
    failed(desk, AuditError, "There is no backup yet: run 'python -m jobs run backup'")


def test_a_damaged_backup_fails_it(desk: Desk) -> None:
    made = back_up(desk)
    flipped(made.path / "audit.db.zst")
    failed(desk, VerificationFailed, "is not whole")


def test_totals_that_its_manifest_does_not_say_fail_it(desk: Desk) -> None:
    made = back_up(desk)
    totals = manifest_of(made).totals
    assert totals is not None
    seal_again(made.path, totals=totals.model_copy(update={"money_cents": totals.money_cents + 1}))
    failed(desk, VerificationFailed, "restored has the totals .* its manifest says")


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("UPDATE audit_events SET money_cents = money_cents + 1 WHERE event_id = 9", "the live ledger up to there"),
        ("UPDATE audit_events SET severity = 'HIGH' WHERE event_id = 9", "the live ledger up to there"),
        ("DELETE FROM audit_events WHERE event_id = 50", "the live ledger up to there"),
        ("UPDATE snapshots SET rows = rows + 1", "the live ledger up to there"),
        ("UPDATE audit_events SET hash = zeroblob(32) WHERE event_id = 106", "its event 106 is another"),
    ],
)
def test_a_live_ledger_that_says_something_else_fails_it(desk: Desk, statement: str, why: str) -> None:
    """Whichever of the two was altered: the backup was whole when it was made."""
    back_up(desk)
    change(desk, "DELETE FROM rule_hits", statement)
    failed(desk, VerificationFailed, why)


def test_a_snapshot_that_was_given_up_since_is_no_difference(desk: Desk) -> None:
    back_up(desk)
    change(desk, "DELETE FROM snapshots WHERE look = '2025-08-07'")
    assert drilled(desk).totals_agree


def test_a_live_ledger_that_ends_before_the_backup_does_fails_it(desk: Desk) -> None:
    back_up(desk)
    change(desk, "DELETE FROM rule_hits WHERE event_id > 90", "DELETE FROM audit_events WHERE event_id > 90")
    with pytest.raises(VerificationFailed, match="its event 106 is missing"):
        drilled(desk)


def test_a_backup_of_before_there_were_totals_is_compared_with_the_live_ledger_alone(desk: Desk) -> None:
    made = back_up(desk)
    manifest = Manifest.read(made.path / MANIFEST)
    fields = {name: getattr(manifest, name) for name in Manifest.model_fields}
    added = ("anchor", "rows", "totals", "database_bytes", "encryption", "key_id", "signature", "sha256")
    old = Manifest(**{name: value for name, value in fields.items() if name not in added})
    (made.path / MANIFEST).write_bytes(old.sealed())
    assert b"totals" not in (made.path / MANIFEST).read_bytes()
    assert drilled(desk).totals_agree
