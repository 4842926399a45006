"""Who is limited to some sheets is told nothing of the others, whatever is asked: every question, found by looking."""

import json
import random
import typing
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from audit_core.access import add_person
from audit_core.actors import OPERATOR, Actor, Role, Scope
from audit_core.detail import around, detail, timeline
from audit_core.documents import Search, library
from audit_core.errors import AuditError, ConfigError, NotAllowed
from audit_core.filters import EventFilter
from audit_core.notebooks.cells import TextCell
from audit_core.notebooks.shelf import Notebooks
from audit_core.picture.picture import picture
from audit_core.profiles.editors import editors
from audit_core.records import verify_proof
from audit_core.records.event_proof import prove_event
from audit_core.reports.changes_export import export_changes
from audit_core.reports.shelf import make_report
from audit_core.review.casework import add_note
from audit_core.review.claims import claim
from audit_core.review.deciding import give
from audit_core.review.dispositions import Verdict
from audit_core.review.queue import basis, items, queue
from audit_core.review.suppressions import Suppression, suppress
from audit_core.store import anchors
from audit_core.store.database import Database
from audit_core.store.judged import Judged
from audit_core.store.queries import Queries
from audit_core.store.sight import HIDDEN
from audit_core.store.snapshots import ScratchSnapshots
from audit_core.store.store import Store
from audit_core.store.then import Then
from audit_core.store.verify import verify
from audit_core.views import save_view, views
from audit_core.workspace import Workspace
from tests.access.calling import NOW, Found, arguments, public
from tests.exports import FIRST, SECOND, THIRD, Desk, edited, line

pytestmark = pytest.mark.in_turn(3)

SHEETS = {"Field Billing North": "71111111", "East yard": "72222222", "South spur": "73333333"}
EVA = Actor("u-eva", "eva@example.com", Role.AUDITOR, "s-eva")
WRITES = {
    "abandon",
    "remember",
    "keep",
    "save",
    "record",
    "extend",
    "rebuild",
    "rule",
    "deciding",
    "keep_lines",
    "seal",
}


def rows(sheet: str) -> list[dict[str, str]]:
    """Lines of one sheet, each marked as its own by its foreman; one unit is billed on every sheet."""
    return [
        line(n, work_request=SHEETS[sheet], foreman=f"Foreman of {sheet}", quantity=str(n), units_total_price="56.84")
        for n in range(1, 9)
    ]


def marks(sheet: str) -> list[str]:
    """What nobody who does not see the sheet may read anywhere."""
    return [sheet, SHEETS[sheet], f"Foreman of {sheet}"]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Three sheets with an incident over all of them, a unit billed twice across two, and decisions about each."""
    desk = Desk(tmp_path_factory.mktemp("scope"))
    twice = line(50, work_request="79999999", pole="Point 7")
    for sheet in SHEETS:
        first = rows(sheet)
        lost = [each | {"Units Total Price": "0"} for each in first]
        third = [edited(first[0], quantity="40"), edited(first[1], units_completed="false"), *first[3:]]
        third.append(twice | {"Row ID": f"5{len(sheet)}"})
        for look, lines in ((FIRST, first), (SECOND, lost), (THIRD, third)):
            desk.look(look, lines, sheet=sheet)
    desk.sync_as_job()
    workspace = desk.workspace()
    add_person(workspace, OPERATOR, "ada@example.com", Role.ADMIN, "correct horse battery", NOW)
    ada = Actor("u-ada", "ada@example.com", Role.ADMIN, "s-ada")
    for sheet in SHEETS:
        event = Queries(workspace.store.database).recorded(EventFilter(sheet=(sheet,)))["event_id"][0]
        give(
            workspace.store, f"event:{event}", Verdict.CONFIRMED, "wrong_price", actor=ada, now=NOW, note=f"on {sheet}"
        )
        save_view(workspace.store, ada, "changes", f"View of {sheet}", {"sheet": [sheet]}, NOW, shared=True)
        made = Notebooks(workspace.store, ada).create(f"About {sheet}", [TextCell(1, f"Seen on {sheet}")], NOW)
        Notebooks(workspace.store, ada).save(made.number, 1, lambda book: replace(book, shared=True), "shared", NOW)
        held = Suppression("price_mismatch", f"known on {sheet}", date(2026, 3, 20), sheet_id=sheet)
        suppress(workspace, held, ada, NOW)
    make_report(workspace, ada, EventFilter(), NOW)
    workspace.store.columnar.extend()
    workspace.store.database.close()
    return desk


@pytest.fixture
def workspace(desk: Desk) -> Iterator[Workspace]:
    opened = desk.workspace()
    yield opened
    opened.store.database.close()


def limited(*sheets: str, actor: Actor = EVA) -> Actor:
    return replace(actor, scope=Scope(tuple(sorted(sheets))))


def said(answer: Any) -> str:
    """All that an answer says."""
    match answer:
        case pl.DataFrame():
            return answer.write_json()
        case pl.Series():
            return str(answer.to_list())
        case dict():
            return " ".join(f"{said(key)} {said(value)}" for key, value in answer.items())
        case list() | tuple() | set() | frozenset():
            return " ".join(map(said, answer))
        case _:
            fields = getattr(answer, "__dataclass_fields__", None)
            if fields and not isinstance(answer, Workspace | Store | Database):
                return " ".join(said(getattr(answer, name)) for name in fields)
            return str(answer)


def making(of: type) -> Any:
    """What is called when one of a class is made."""
    return getattr(of, "__init__")  # noqa: B009  (a type checker wants it to be of a sealed class)


def opens(of: type) -> bool:
    """Whether a class is opened on a store or a database."""
    hints = typing.get_type_hints(making(of))
    return list(hints.values())[:1] in ([Database], [Store])


def opened(of: type, store: Store) -> Any:
    """One of a class that is."""
    for kept in (store.snapshots, store.features):
        if isinstance(kept, of):
            return kept
    first = store if Store in typing.get_type_hints(making(of)).values() else store.database
    return of(first, **({"size": 10**6} if of is Then else {}))


def questions() -> list[Found]:
    """Every public method of every class that is opened on a store or a database, but those that write."""
    asked = []
    for found in public():
        if found.of is None or not found.module.startswith("audit_core.store") or not opens(found.of):
            continue
        base = found.name.rpartition(".")[2]
        writes = base in WRITES or {"now", "connection"} & found.hints().keys()
        if base != "__init__" and not writes and found.of is not ScratchSnapshots:
            asked.append(found)
    return asked


def test_every_question_to_the_store_is_found() -> None:
    names = {found.place for found in questions()}
    assert len(names) > 80
    assert {"store.filtered.Filtered.totals", "store.judged.Judged.events", "store.snapshots.Snapshots.latest"} <= names


def asked_of(store: Store, whole: Workspace, others: list[str], chance: random.Random) -> Iterator[tuple[Found, str]]:
    """Each question with all that its answer says, asked about sheets that are not seen."""
    foreign = Queries(whole.store.database).recorded(EventFilter(sheet=tuple(others)))
    given: dict[Any, Any] = {
        "sheet_id": chance.choice(others), "row_id": "1", "row_ids": ["1", "2"], "sheet_ids": others, "look": SECOND,
        "event_id": foreign["event_id"][0], "number": foreign["event_id"][0], "incident_id": 1, "kind": "disposition",
        "events": foreign["event_id"].to_list(), "event_ids": [*range(1, 400)], "upto": 10**6, "size": 10**6,
        "until": "2030-01-01", "risk": 0.0, "limit": 1000, "order": "risk", "work_request": "", "text": "",
        "people": True, "email": "ada@example.com", "job": "sync", "run_id": whole.store.runs.recent("sync")[0].run_id,
        "after": 0, "first_week": "2000-01-01", "subject": f"event:{foreign['event_id'][0]}", "name": "look",
        "actions": ["report_made"], "snapshot": next(iter(store.snapshots.all()), None), "title": "Foreman",
        "titles": ["Foreman"], "column": "Quantity",
    }  # fmt: skip
    by_type: dict[tuple[str, Any], Any] = {
        ("since", datetime): datetime(2000, 1, 1, tzinfo=UTC), ("since", str): "2000-01-01", ("week", str): "",
        ("incidents", pl.Series): pl.Series([1]), ("rows", pl.Series): pl.Series(["1", "2"]), ("rows", int): 1,
        ("rows", pl.DataFrame): pl.DataFrame({"sheet_id": others[:1], "row_id": ["1"]}),
        ("week", date): date(2025, 7, 20), ("since", date): date(2000, 1, 1),
        ("columns", tuple[str, ...]): ("Quantity",),
        ("event", Mapping[str, Any]): foreign.row(0, named=True),
    }  # fmt: skip
    for found in questions():
        assert found.of is not None
        hints = found.hints()
        mine = {name: by_type[name, hint] for name, hint in hints.items() if (name, hint) in by_type}
        mine |= {name: [1] for name, hint in hints.items() if name == "incidents" and name not in mine}
        try:
            yield found, said(found.call(opened(found.of, store), **arguments(found, given | mine)))
        except Exception as error:  # noqa: BLE001  (whatever it could not do with these, it told nothing)
            yield found, f"refused: {type(error).__name__}"


def test_asked_of_the_whole_the_same_questions_tell_of_every_sheet(workspace: Workspace, seed: int) -> None:
    """Without this the next test could pass because its questions ask for nothing."""
    words = [word for sheet in SHEETS for word in marks(sheet)]
    answers = list(asked_of(workspace.store, workspace, ["South spur"], random.Random(seed)))
    telling = [found.place for found, told in answers if any(word in told for word in words)]
    refused = [found.place for found, told in answers if told.startswith("refused: ")]
    assert len(telling) >= 35
    assert len(refused) < 0.15 * len(answers), refused


@pytest.mark.parametrize("case", range(6))
def test_no_question_to_the_store_tells_of_another_sheet(workspace: Workspace, seed: int, case: int) -> None:
    chance = random.Random(f"{seed}-{case}")
    mine = chance.sample(sorted(SHEETS), chance.randrange(3))
    others = [sheet for sheet in SHEETS if sheet not in mine]
    words = [word for sheet in others for word in marks(sheet)]
    seen = workspace.seen_by(limited(*mine))
    for found, told in asked_of(seen.store, workspace, others, chance):
        for word in words:
            assert word not in told, f"{found.place} told who sees {mine} of {word}"
    seen.store.database.close()


@pytest.mark.parametrize("mine", [(), ("East yard",), ("East yard", "South spur")])
def test_no_page_tells_of_another_sheet(workspace: Workspace, mine: tuple[str, ...]) -> None:
    actor = limited(*mine)
    seen, whole = workspace.seen_by(actor), Queries(workspace.store.database)
    words = [word for sheet in SHEETS if sheet not in mine for word in marks(sheet)]
    events = whole.recorded(EventFilter())["event_id"].to_list()
    details = [found for event in events if (found := detail(seen, event)) is not None]
    told = queue(seen, items(seen, basis(seen, NOW)), NOW)
    answers = [
        details,
        [timeline(seen, found) for found in details],
        [around(seen, found) for found in details],
        told,
        picture(seen, told, 400),
        library(seen, actor, Search()),
        editors(seen, actor, NOW),
        views(seen.store, actor),
        Notebooks(seen.store, actor).all(),
        seen.store.runs.recent(),
        [seen.store.runs.blind_spots(run.run_id) for run in seen.store.runs.recent()],
    ]
    assert len(details) == sum(whole.totals(EventFilter(sheet=(sheet,))).events for sheet in mine)
    for number, answer in enumerate(answers):
        text = said(answer)
        for word in words:
            assert word not in text, f"answer {number} told {mine} of {word}"
    seen.store.database.close()


def test_what_is_seen_adds_up_to_the_whole(workspace: Workspace) -> None:
    whole = Queries(workspace.store.database)
    parts = [Queries(workspace.seen_by(limited(sheet)).store.database) for sheet in SHEETS]
    for chosen in (EventFilter(), EventFilter(severity=("CRITICAL",)), EventFilter(text="went")):
        counted = [part.totals(chosen) for part in parts]
        every = whole.totals(chosen)
        assert sum(each.events for each in counted) == every.events
        assert sum(each.money_cents for each in counted) == every.money_cents
    assert sum(part.headline().rows for part in parts) == whole.headline().rows
    larger = [part.incident(1) for part in parts]
    assert sum(each["events"] for each in larger if each) == (whole.incident(1) or {})["events"]
    assert all("It also reaches sheets that you do not see" in each["summary"] for each in larger if each)


def test_a_sheet_that_comes_later_is_unseen_at_once(desk: Desk, tmp_path: Path) -> None:
    """The views know which sheets are others at each question, not since they were made."""
    later = desk.copy(tmp_path / "later")
    workspace = later.workspace()
    seen = workspace.seen_by(limited("East yard"))
    before = Queries(seen.store.database).totals(EventFilter())
    for look, price in ((FIRST, "1"), (SECOND, "1"), (THIRD, "1"), ("2025-08-20", "0")):
        later.look(look, [line(1, work_request="74444444", units_total_price=price)], sheet="West end")
    later.sync()
    assert Queries(seen.store.database).totals(EventFilter()) == before
    assert {each.sheet_id for each in seen.store.snapshots.all()} == {"East yard"}
    seen.store.database.close()
    workspace.store.database.close()


def test_what_is_written_continues_the_whole_record(desk: Desk, tmp_path: Path) -> None:
    workspace = desk.copy(tmp_path / "writing").workspace()
    actor = limited("East yard")
    seen = workspace.seen_by(actor)
    mine = Queries(seen.store.database).recorded(EventFilter())
    subject = f"event:{mine['event_id'][-1]}"
    claim(seen, subject, actor, NOW)
    add_note(seen, subject, "Asked the crew.", actor, NOW)
    give(seen.store, subject, Verdict.CONFIRMED, "wrong_price", actor=actor, now=NOW)
    number = save_view(seen.store, actor, "changes", "Mine", {"sheet": ["East yard"]}, NOW, shared=False)
    assert number == 4  # those of others, which they do not see, keep their numbers
    assert Notebooks(seen.store, actor).create("Mine", [TextCell(1, "b")], NOW).number == 4
    taken = export_changes(seen, actor, EventFilter(), "risk", workspace.settings.zone, NOW)
    assert taken.rows == mine.height
    store = workspace.store
    verify(store.database, store.snapshots, store.anchor_file, [])
    ours = Judged(store.database).newest(), store.decisions.newest("disposition", subject)
    assert ours[1] is not None
    assert ours[1].decided_by == EVA.email
    seen.store.database.close()
    store.database.close()


def test_what_is_outside_is_refused_as_unknown(workspace: Workspace) -> None:
    actor = limited("East yard")
    seen, whole = workspace.seen_by(actor), Queries(workspace.store.database)
    foreign = f"event:{whole.recorded(EventFilter(sheet=('South spur',)))['event_id'][3]}"
    with pytest.raises(ConfigError, match=r"There is no event"):
        give(seen.store, foreign, Verdict.CONFIRMED, "wrong_price", actor=actor, now=NOW)
    with pytest.raises((ConfigError, AuditError), match="no event"):
        add_note(seen, foreign, "Asked.", actor, NOW)
    with pytest.raises(ConfigError, match="also reaches sheets that you do not see"):
        give(seen.store, "incident:1", Verdict.CONFIRMED, "wrong_price", actor=actor, now=NOW)
    with pytest.raises(NotAllowed, match="limited to 1 sheet"):
        make_report(seen, actor, EventFilter(), NOW)
    with pytest.raises(NotAllowed, match="not read within the sheets"):
        export_changes(workspace, actor, EventFilter(), "risk", workspace.settings.zone, NOW)


def test_a_proof_is_handed_out_of_what_is_shown_as_it_was_sealed_and_of_nothing_else(workspace: Workspace) -> None:
    for sheet in SHEETS:
        actor = limited(sheet)
        seen = workspace.seen_by(actor)
        events = Queries(seen.store.database).recorded(EventFilter()).select("event_id", "issue_description")
        masked = dict(events.filter(pl.col("issue_description") == HIDDEN).iter_rows())
        for number in masked:
            with pytest.raises(NotAllowed, match="Its words name a sheet that you do not see: ask an Auditor"):
                prove_event(seen, actor, number, NOW)
        for number in events.filter(~pl.col("event_id").is_in(list(masked)))["event_id"]:
            made = prove_event(seen, actor, number, NOW)
            proof = json.loads(made.files[f"event-{number}.json"])
            verify_proof.check(proof, bytes.fromhex(made.anchor.root or ""), made.anchor.size)
        seen.store.database.close()
        assert len(masked) == (sheet != "East yard")  # whose unit the two others bill a second time, and name it


def test_the_newest_anchor_is_of_the_whole(workspace: Workspace) -> None:
    seen = workspace.seen_by(limited("East yard"))
    kept = anchors.newest(workspace.store.anchor_file)
    assert kept is not None
    assert seen.store.events() == workspace.store.events() >= kept.size
    assert json.loads(kept.line())["root"]
