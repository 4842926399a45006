"""What a chain alone cannot see, anchors do: a tail cut off, a chain made anew, an anchor taken away."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from audit_core.errors import ConfigError, VerificationFailed
from audit_core.store import anchors
from audit_core.store.actions import Action, action_events
from audit_core.store.anchors import Anchor
from audit_core.store.database import Database
from audit_core.store.ledger import GENESIS, append
from audit_core.store.verify import verify
from tests.exports import FIRST, SECOND, THIRD, Desk, line
from tests.store.tampering import ANCHORED, EVENTS, NOW, Record

# --- what only anchors see ---


@pytest.mark.parametrize("left", [7, 4, 1, 0])
def test_a_tail_that_was_cut_off_is_found_by_the_anchors(record: Record, left: int) -> None:
    record.tamper(f"DELETE FROM audit_events WHERE event_id > {left}")
    with pytest.raises(VerificationFailed, match=rf"^Event {left + 1} is missing: the anchor of 2026-01-01"):
        record.verify()


@pytest.mark.parametrize("first", [1, 3, 5, 8])
def test_a_chain_made_anew_fits_together_and_is_found_by_the_anchors(record: Record, first: int) -> None:
    record.tamper(f"UPDATE audit_events SET issue_description = 'nothing happened' WHERE event_id = {first}")
    record.seal_again(first)
    anchored = next(size for size in ANCHORED if size >= first)
    agreed = max((size for size in ANCHORED if size < first), default=0)
    named = rf"^Event {agreed + 1}\b.* was replaced: the hash of event {anchored} is not that of the anchor"
    with pytest.raises(VerificationFailed, match=named):
        record.verify()
    # without the anchors beside it the chain is whole: that is what copies of them elsewhere are for
    elsewhere, bad = anchors.read(record.anchors)
    record.anchors.unlink()
    assert (record.verify().events, bad) == (EVENTS, [])
    with pytest.raises(VerificationFailed, match=rf"{named}.*\(--anchor\)"):
        record.verify(*elsewhere)


def test_every_anchor_is_compared_not_only_the_last_one(record: Record) -> None:
    first, _, last = anchors.read(record.anchors)[0]
    other = Anchor(4, "ab" * 32, "", "")
    for given in ([other, first, last], [first, other, last], [first, last, other]):
        with pytest.raises(
            VerificationFailed, match=r"^Event 2, or one after it up to event 4, was replaced.*unknown time"
        ):
            record.verify(*given)
    assert record.verify(first, last, Anchor(0, GENESIS.hex(), "", "")).anchors == 6


def test_an_anchor_of_an_empty_ledger_holds_too(record: Record) -> None:
    with pytest.raises(VerificationFailed, match=r"^Event 0 was replaced"):
        record.verify(Anchor(0, "ab" * 32, "", ""))


def lines_of(text: str) -> list[str]:
    return text.splitlines(keepends=True)


DEEP = "[" * 100_000
ALTERED: dict[str, tuple[Callable[[str], str], str]] = {
    "a head": (lambda text: text.replace('"head": "', '"head": "00', 1), "Line 1 of"),
    "a head's digit": (lambda text: other_digit(text, 1), "Event 2, or one after it up to event 4, was replaced"),
    "a size": (
        lambda text: text.replace('"size": 4', '"size": 5'),
        "Event 2, or one after it up to event 5, was replaced",
    ),
    "a size beyond the end": (lambda text: text.replace('"size": 8', '"size": 9'), "Event 9 is missing"),
    "a size below zero": (lambda text: text.replace('"size": 4', '"size": -4'), "Line 2 of"),
    "a size with a fraction": (lambda text: text.replace('"size": 4', '"size": 4.0'), "Line 2 of"),
    "a line that is no JSON": (lambda text: "anchor\n" + text, "Line 1 of"),
    "a line that is no object": (lambda text: text + "8\n", "Line 4 of"),
    "a line without end": (lambda text: text.replace("}\n", "\n", 1), "Line 1 of"),
    "the last brace": (lambda text: text[:-2] + "x\n", "Line 3 of"),
    "the last line's end": (lambda text: text[:-1] + "x", "Line 3 of"),
    "brackets without end": (lambda text: DEEP + "\n" + text, "Line 1 of"),
    "bytes that are no text": (lambda text: text + "\udcff\n", "Line 4 of"),
}


def other_digit(text: str, line: int) -> str:
    """The text with the first digit of the head in one of its lines replaced."""
    lines = lines_of(text)
    at = lines[line].index('"head": "') + len('"head": "')
    digit = "1" if lines[line][at] == "0" else "0"
    lines[line] = lines[line][:at] + digit + lines[line][at + 1 :]
    return "".join(lines)


@pytest.mark.parametrize(("edit", "named"), ALTERED.values(), ids=ALTERED)
def test_an_anchor_that_was_edited_is_found(record: Record, edit: Callable[[str], str], named: str) -> None:
    record.anchors.write_bytes(edit(record.anchors.read_text()).encode(errors="surrogateescape"))
    with pytest.raises(VerificationFailed, match=rf"^{named}"):
        record.verify()


def test_a_last_line_that_a_crash_tore_is_passed_over(record: Record) -> None:
    whole = record.anchors.read_text()
    last = lines_of(whole)[-1]
    for kept in (0, 1, 20, len(last) - 2):
        record.anchors.write_text(whole + last[:kept])
        assert record.verify().anchors == 3
    # written whole but for its end: it counts
    record.anchors.write_text(whole + last.rstrip("\n"))
    assert record.verify().anchors == 4


def test_only_the_last_line_can_be_torn(record: Record) -> None:
    record.edit_anchors(lambda text: text[:40] + "\n" + text)
    with pytest.raises(VerificationFailed, match=r"^Line 1 of"):
        record.verify()


def test_a_tail_after_the_last_anchor_leaves_no_trace(record: Record) -> None:
    """What docs/security.md admits; should this ever fail, that page has to change."""
    database = Database(record.data / "audit.db")
    with database.write() as connection:
        append(connection, action_events([Action("signed_in", "Somebody signed in.", None)], NOW))
    database.close()
    assert record.verify().events == 9
    record.tamper("DELETE FROM audit_events WHERE event_id = 9")
    assert record.verify().events == 8


# --- anchors on the command line ---


def test_an_anchor_is_given_as_text_or_as_a_file(record: Record) -> None:
    kept, _ = anchors.read(record.anchors)
    assert anchors.given(str(record.anchors)) == kept
    assert anchors.given(f"  {kept[1].line()}") == [kept[1]]
    assert anchors.given(json.dumps({"size": 4, "head": str(kept[1].head).upper()})) == [
        Anchor(4, kept[1].head, "", "")
    ]
    assert record.verify(*anchors.given(kept[1].line())).anchors == 4


@pytest.mark.parametrize(
    "text",
    [
        "", "no-such-file", "{}", "[]", "8", DEEP, '{"size": 8}', '{"size": "8", "head": ""}', "a\0b", "x" * 5_000,
        json.dumps({"size": 8, "head": "ab"}), json.dumps({"size": 8, "head": "zz" * 32}),
        json.dumps({"size": -1, "head": "ab" * 32}), json.dumps({"size": None, "head": "ab" * 32}),
    ],
    ids=lambda text: ascii(text[:30]),
)  # fmt: skip
def test_what_is_no_anchor_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(ConfigError, match="neither a file of anchors nor an anchor's JSON"):
        anchors.given(text)


def test_a_file_given_as_anchors_has_no_line_that_is_none(record: Record) -> None:
    """Not even a torn one: who gives a copy wants all of it compared."""
    record.edit_anchors(lambda text: text + text[:20])
    with pytest.raises(ConfigError, match="line 4 is not an anchor"):
        anchors.given(str(record.anchors))
    record.anchors.write_text("")
    with pytest.raises(ConfigError, match="line 1 is not an anchor"):
        anchors.given(str(record.anchors))


@pytest.mark.parametrize("what", [0, 1, 2, "all", "the file"])
def test_an_anchor_that_was_taken_away_is_missed(tmp_path: Path, what: int | str) -> None:
    desk = Desk(tmp_path)
    for look, foreman in ((FIRST, "A"), (SECOND, "B"), (THIRD, "C")):
        desk.look(look, [line(n, foreman=foreman) for n in range(3)])
        desk.sync_as_job()
    path = desk.root / "data" / "anchors.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    assert len(lines) == 3
    if what == "the file":
        path.unlink()
    else:
        path.write_text("" if isinstance(what, str) else "".join(lines[:what] + lines[what + 1 :]))
    store = desk.workspace().store
    with pytest.raises(VerificationFailed, match=r"The anchor of run sync-.* is gone from .*anchors\.jsonl"):
        verify(store.database, store.snapshots, store.anchor_file, [])
    store.database.close()
