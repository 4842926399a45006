"""`restore --swap`: the backup takes the place of a data folder in use at one stroke, and both stores tell of it."""

import shutil
import signal
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from audit_core.backups import swap, swap_in
from audit_core.errors import AuditError, ConfigError, LockHeld, VerificationFailed
from audit_core.signing import SIGNING_KEY, new_key
from audit_core.store.files import sha256_of
from audit_core.store.locks import in_use
from jobs.__main__ import main
from tests.backups.damages import flipped
from tests.backups.stores import EVENTS, NAME, back_up, tree, verified, whole, with_keys
from tests.backups.swaps import ASIDE, LATER, swapped, told
from tests.exports import Desk
from tests.jobs.processes import ended, leased, started, wait_for

pytestmark = pytest.mark.in_turn(3)


def test_the_backup_is_there_and_the_old_store_is_kept(lived: Desk) -> None:
    old, had = tree(lived.root / "data"), verified(lived).events
    made = lived.root / "data" / "backups" / NAME
    seal, kept = sha256_of(made / "manifest.json"), tree(made)
    done = swapped(lived)
    aside = lived.root / ASIDE
    assert (done.path, done.events) == (lived.root / "data", EVENTS)
    assert f"the store that was there is kept as {aside}" in done.message
    # nothing of the old one is lost: its event was added, and the backups now lie where they belong
    there = tree(aside)
    assert {name for name in old if not name.startswith("backups") and there[name] != old[name]} == {
        "audit.db", "anchors.jsonl"
    }  # fmt: skip
    assert tree(lived.root / "data" / "backups" / NAME) == kept
    for data, events in ((lived.root / "data", EVENTS + 1), (aside, had + 1)):
        assert whole(data).events == events
        ((who, what, evidence),) = told(data)
        assert who == "system:operator"
        assert f"SHA-256 of its manifest {seal}" in what
        assert f"a store of {had:,} events" in what
        assert (evidence["manifest_sha256"], evidence["old_events"], evidence["events"]) == (seal, had, EVENTS)
        assert whole(data).since == 0  # an anchor has seen the event


def test_work_goes_on_from_there(lived: Desk) -> None:
    swapped(lived)
    assert lived.sync().looks == 1  # the look that was taken after the backup is taken once more
    assert back_up(lived, LATER + timedelta(hours=1)).events > EVENTS
    assert verified(lived).events


def test_where_the_installation_signs_the_anchors_stay_signed(lived: Desk) -> None:
    with_keys(lived, **{SIGNING_KEY: new_key()[0]})
    swapped(lived)
    assert verified(lived).signed == 1


def test_a_store_that_is_damaged_can_be_replaced_too(lived: Desk) -> None:
    """That is what it is for."""
    (lived.root / "data" / "audit.db").write_bytes(b"no database at all" * 1_000)
    done = swapped(lived)
    assert "which could not record this (it cannot be read)" in done.message
    assert "a store that could not be read" in told(lived.root / "data")[0][1]
    assert whole(lived.root / "data").events == EVENTS + 1


def test_a_store_whose_database_is_gone_can_be_replaced(lived: Desk) -> None:
    (lived.root / "data" / "audit.db").unlink()
    swapped(lived)
    assert whole(lived.root / "data").events == EVENTS + 1
    assert not (lived.root / ASIDE / "audit.db").exists()


# --- what is refused ---


@pytest.mark.parametrize("job", ["runner", "sync", "what a later version does"])
def test_the_command_refuses_beside_whatever_is_live_there(
    lived: Desk, job: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AUDIT_CONFIG", str(lived.config))
    data = lived.root / "data"
    with leased(data, job):
        before = tree(lived.root)
        assert main(["restore", str(data / "backups" / NAME), "--to", str(data), "--swap"]) == 11
        assert tree(lived.root) == before
    assert f"is at work in {data}: wait for it to end, or stop it." in capsys.readouterr().err
    assert not list(lived.root.glob("data.*"))


def test_a_backup_is_no_data_folder(lived: Desk, tmp_path: Path) -> None:
    made = lived.root / "data" / "backups" / NAME
    shutil.copytree(made, tmp_path / "elsewhere" / NAME)
    (shutil.copytree(made, made.with_name("half")) / "manifest.json").unlink()
    before = tree(lived.root)
    for to in (made, tmp_path / "elsewhere" / NAME, made.with_name("half")):
        with pytest.raises(ConfigError, match="is a backup or lies among backups"):
            swap_in(made, to, lived.config, LATER)
    assert tree(lived.root) == before


def test_a_runner_that_is_up_is_in_the_way(lived: Desk) -> None:
    with ended(started(lived, "start")) as running:
        wait_for((lived.root / "data" / "runner.json").exists)
        with pytest.raises(LockHeld, match="is at work in"):
            swapped(lived)
        running.send_signal(signal.SIGTERM)
        running.wait(60)


def test_no_job_starts_while_it_is_swapped(lived: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lock is held in both folders: before and after the stroke, whoever comes is refused."""
    exchange, refused = swap.exchange, []

    def watched(new: Path, at: Path, aside: Path) -> None:
        for moment in ("before", "after"):
            with pytest.raises(LockHeld, match="try again"), in_use(at / "locks"):
                pass
            refused.append(moment)
            if moment == "before":
                exchange(new, at, aside)

    monkeypatch.setattr(swap, "exchange", watched)
    swapped(lived)
    assert refused == ["before", "after"]


def empty(to: Path) -> None:
    shutil.rmtree(to)
    to.mkdir()


def somebody_s_home(to: Path) -> None:
    shutil.rmtree(to)
    (to / "photos").mkdir(parents=True)


def a_link(to: Path) -> None:
    to.rename(to.with_name("elsewhere"))
    to.symlink_to(to.with_name("elsewhere"))


@pytest.mark.parametrize("change", [empty, somebody_s_home, a_link, shutil.rmtree])
def test_what_is_no_data_folder_is_not_swapped(lived: Desk, tmp_path: Path, change: Callable[[Path], None]) -> None:
    saved = shutil.copytree(lived.root / "data" / "backups" / NAME, tmp_path / "saved")
    change(lived.root / "data")
    before = tree(lived.root)
    with pytest.raises(ConfigError, match="leave --swap out"):
        swapped(lived, saved)
    assert tree(lived.root) == before


def test_a_backup_that_is_not_whole_leaves_everything_as_it_was(lived: Desk) -> None:
    flipped(lived.root / "data" / "backups" / NAME / "audit.db.zst")
    before = verified(lived)
    with pytest.raises(VerificationFailed):
        swapped(lived)
    assert verified(lived) == before
    assert not list(lived.root.glob("*data*-*"))
    assert not list(lived.root.glob(".data*"))


def test_two_swaps_of_one_second_are_refused(lived: Desk) -> None:
    swapped(lived)
    with pytest.raises(AuditError, match="wait a second"):
        swapped(lived)
