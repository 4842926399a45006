"""Anchors are signed with the key that the environment names; without one they say so, and nobody else can sign."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from audit_core.errors import ConfigError, VerificationFailed
from audit_core.signing import SIGNING_KEY, TRUSTED_KEYS, Keys, Verdict, new_key, open_keys
from audit_core.store import anchors
from audit_core.store.actions import Action
from audit_core.store.anchors import Anchor
from audit_core.store.verify import Verified, verify
from jobs.execute import execute
from jobs.tasks import JOBS
from tests.exports import FIRST, SECOND, THIRD, Desk, line

pytestmark = pytest.mark.in_turn(3)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LINES = [line(n) for n in range(1, 5)]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """One look taken by an installation without a key."""
    for name in (SIGNING_KEY, TRUSTED_KEYS):
        monkeypatch.delenv(name, raising=False)
    made = Desk(tmp_path)
    made.look(FIRST, LINES)
    made.sync()
    return made


def verified(desk: Desk, *given: Anchor) -> Verified:
    store = desk.workspace().store
    return verify(store.database, store.snapshots, store.anchor_file, given, store.keys())


def kept(desk: Desk) -> list[Anchor]:
    return anchors.read(desk.root / "data" / "anchors.jsonl")[0]


def look(desk: Desk, name: str, key: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """One more look, taken with a key in the environment or with none."""
    if key is None:
        monkeypatch.delenv(SIGNING_KEY, raising=False)
    else:
        monkeypatch.setenv(SIGNING_KEY, key)
    desk.look(name, LINES)
    desk.sync()


def test_without_a_key_nothing_is_signed_and_verify_says_so(desk: Desk) -> None:
    (anchor,) = kept(desk)
    assert (anchor.key_id, anchor.signature, anchor.judged(Keys())) == (None, None, None)
    assert "1 anchors agree: 1 not signed" in verified(desk).words()


def test_with_a_key_each_anchor_is_signed_with_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    text, signer = new_key()
    look(desk, SECOND, text, monkeypatch)
    assert [anchor.key_id for anchor in kept(desk)] == [None, signer.key_id]
    whole = verified(desk)
    assert (whole.anchors, whole.signed, whole.unknown) == (2, 1, 0)
    assert "1 of them signed by a known key, 1 not signed" in whole.words()


def test_the_public_key_is_enough_to_check(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    text, signer = new_key()
    look(desk, SECOND, text, monkeypatch)
    monkeypatch.delenv(SIGNING_KEY)
    assert "1 signed by a key that is not known here" in verified(desk).words()
    monkeypatch.setenv(TRUSTED_KEYS, f" {new_key()[1].public}, {signer.public} ")
    assert verified(desk).signed == 1


def test_a_key_that_was_changed_leaves_the_old_signatures_good(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    old, former = new_key()
    look(desk, SECOND, old, monkeypatch)
    look(desk, THIRD, new_key()[0], monkeypatch)
    assert (verified(desk).signed, verified(desk).unknown) == (1, 1)
    monkeypatch.setenv(TRUSTED_KEYS, former.public)
    assert (verified(desk).signed, verified(desk).unknown) == (2, 0)


def test_where_the_key_is_missing_no_look_is_taken_and_no_anchor_kept(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """An anchor without a signature after one that has it would look forged to whoever has the key."""
    text, _ = new_key()
    look(desk, SECOND, text, monkeypatch)
    before, store = kept(desk), desk.workspace().store
    with pytest.raises(ConfigError, match=r"^There is no signing key here.* put REDLINE_SIGNING_KEY into the \.env"):
        look(desk, THIRD, None, monkeypatch)
    assert store.events() == before[-1].size
    assert execute(desk.workspace(), JOBS["sync"]).exit_code == 2
    (run,) = store.runs.recent("sync", limit=1)
    assert (run.status, run.exit_code) == ("failed", 2), "on record as any other failure"
    with store.database.write() as connection:
        store.seal(connection, Action("signed_in", "Somebody signed in.", None), NOW)
    store.keep_anchor("user-add", NOW)
    assert "no anchor was kept by user-add" in caplog.text
    assert kept(desk) == before
    monkeypatch.setenv(SIGNING_KEY, text)
    assert store.anchor_tail("run-9", NOW) == store.events() > before[-1].size
    assert verified(desk).signed == 2


def test_signing_ends_on_purpose_where_that_is_said(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    look(desk, SECOND, new_key()[0], monkeypatch)
    look(desk, THIRD, "none", monkeypatch)
    assert [anchor.signature is not None for anchor in kept(desk)] == [False, True, False]
    assert verified(desk).anchors == 3


FIELDS: dict[str, Callable[[dict[str, object]], object]] = {
    "the time": lambda anchor: anchor.update(at="2026-01-02T00:00:00+00:00"),
    "the run": lambda anchor: anchor.update(run_id="run-9"),
    "the size": lambda anchor: anchor.update(size=1),
    "no root": lambda anchor: anchor.pop("root"),
    "the signature": lambda anchor: anchor.update(signature="A" * 86 + "=="),
    "a signature that is no base64": lambda anchor: anchor.update(signature="é"),
}


@pytest.mark.parametrize("edit", FIELDS.values(), ids=FIELDS)
def test_a_signed_anchor_that_was_edited_is_found(
    desk: Desk, edit: Callable[[dict[str, object]], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where size, head and root still agree with the record."""
    look(desk, SECOND, new_key()[0], monkeypatch)
    path = desk.root / "data" / "anchors.jsonl"
    first, second = path.read_text().splitlines()
    anchor = json.loads(second)
    edit(anchor)
    path.write_text(f"{first}\n{json.dumps(anchor)}\n")
    with pytest.raises(VerificationFailed, match=r"signature of anchor 2|anchor of run|agree|was replaced"):
        verified(desk)
    path.write_text(f"{first}\n{second}\n")
    with pytest.raises(VerificationFailed, match=r"signature of anchor 1 \(--anchor\) is wrong"):
        verified(desk, anchors.parse(json.dumps(anchor)))


def test_whoever_has_no_key_cannot_put_an_anchor_of_his_own_after_a_signed_one(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    text, _ = new_key()
    look(desk, SECOND, text, monkeypatch)
    path = desk.root / "data" / "anchors.jsonl"
    first, second = path.read_text().splitlines()
    forged = {name: value for name, value in json.loads(second).items() if name not in ("key_id", "signature")}
    path.write_text(f"{first}\n{second}\n{json.dumps(forged)}\n")
    with pytest.raises(VerificationFailed, match=r"^Anchor 3 .* is not signed, although"):
        verified(desk)
    own = anchors.parse(json.dumps(forged)).signed(new_key()[1])
    path.write_text(f"{first}\n{second}\n{own.line()}\n")
    with pytest.raises(VerificationFailed, match=r"^Anchor 3 .* is signed by a key that is not known here"):
        verified(desk)


def test_a_key_of_somebody_else_signs_nothing_here(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such an anchor can only agree with the record as it is; that its key is not known is said."""
    _, stranger = new_key()
    look(desk, SECOND, new_key()[0], monkeypatch)
    mine = kept(desk)[-1]
    theirs = Anchor(mine.size, mine.head, mine.at, mine.run_id, mine.root).signed(stranger)
    assert theirs.judged(open_keys(desk.root / "config.json")) is Verdict.UNKNOWN_KEY
    assert verified(desk, theirs).unknown == 1


@pytest.mark.parametrize("text", ["x", "AAAA", "é", "A" * 44])
def test_what_is_no_key_is_refused_with_a_sentence(tmp_path: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (SIGNING_KEY, TRUSTED_KEYS):
        monkeypatch.delenv(SIGNING_KEY, raising=False)
        monkeypatch.delenv(TRUSTED_KEYS, raising=False)
        monkeypatch.setenv(name, text)
        with pytest.raises(ConfigError, match=f"^{name} holds what is no Ed25519 key") as refused:
            open_keys(tmp_path / "config.json")
        assert text not in str(refused.value) or text == "x"


def test_the_key_is_in_no_repr_and_in_no_anchor(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    text, signer = new_key()
    look(desk, SECOND, text, monkeypatch)
    assert text not in repr(signer) + repr(Keys(signer)) + (desk.root / "data" / "anchors.jsonl").read_text()
