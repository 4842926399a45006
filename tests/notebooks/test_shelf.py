"""Notebooks are kept in versions that nobody can change, read by those who may, and never written over unseen."""

from dataclasses import replace
from functools import partial
from zoneinfo import ZoneInfo

import pytest

from audit_core.errors import AuditError, ConfigError, NotAllowed
from audit_core.filters import EventFilter
from audit_core.notebooks.cells import Measure, NumberCell, PinnedCell, TableCell, TextCell
from audit_core.notebooks.notebook import MOST_CELLS, Notebook
from audit_core.notebooks.shelf import Notebooks
from audit_core.notebooks.templates import months_of, person_month, week_story
from audit_core.store.decisions import check_decisions
from audit_core.workspace import Workspace
from tests.exports import Desk
from tests.notebooks.desks import ANN, BEA, CHIEF, NOW, READER, cells

ZONE = ZoneInfo("America/Chicago")


def event_of(desk: Desk) -> int:
    return int(desk.events()[0]["event_id"])


def text(cell_id: int, words: str = "What happened?") -> TextCell:
    return TextCell(cell_id, words)


def shared(notebook: Notebook) -> Notebook:
    return replace(notebook, shared=True)


def numbers(notebook: Notebook) -> list[int]:
    return [cell.cell_id for cell in notebook.cells]


def titles(notebooks: list[Notebook]) -> list[str]:
    return [each.title for each in notebooks]


def test_every_kind_of_cell_comes_back_as_it_was_saved(desk: Desk, here: Workspace) -> None:
    told = cells(event_of(desk))
    made = Notebooks(here.store, ANN).create("  August,\n zeroed ", told, NOW)
    found = Notebooks(here.store, ANN).find(made.number)
    assert (found.cells, found.title, found.owner, found.version) == (told, "August, zeroed", ANN.email, 1)
    assert found == made


@pytest.mark.parametrize(
    ("filtered"),
    [EventFilter(), EventFilter(week=("2025-07-20",), lock=("after lock",), text="a&b=c ü", incident=3),
     EventFilter(since="2025-08-01", until="2025-08-31T23:59:59Z", person=("unknown",))],
)  # fmt: skip
def test_a_filter_comes_back_as_it_was(here: Workspace, filtered: EventFilter) -> None:
    made = Notebooks(here.store, ANN).create("One number", [NumberCell(1, "n", filtered, Measure.ROWS)], NOW)
    (cell,) = Notebooks(here.store, ANN).find(made.number).cells
    assert isinstance(cell, NumberCell)
    assert cell.chosen == filtered


def test_who_may_read_and_who_may_write(here: Workspace) -> None:
    ann, bea, reader, chief = (Notebooks(here.store, actor) for actor in (ANN, BEA, READER, CHIEF))
    number = ann.create("Ann's own", [text(1)], NOW).number
    for other in (bea, reader):
        assert other.all() == []
        with pytest.raises(ConfigError, match="no notebook 1 that you may read"):
            other.find(number)
        with pytest.raises(ConfigError, match="no notebook 1 that you may read"):
            other.save(number, 1, shared, "shared", NOW)
    assert titles(chief.all()) == ["Ann's own"]  # an Admin finds what somebody left behind
    ann.save(number, 1, shared, "shared", NOW)
    assert all(titles(each.all()) == ["Ann's own"] for each in (ann, bea, reader, chief))
    assert [each.may_edit(ann.find(number)) for each in (ann, bea, reader, chief)] == [True, True, False, True]
    with pytest.raises(NotAllowed):
        reader.save(number, 2, shared, "shared", NOW)
    with pytest.raises(NotAllowed):
        reader.undo(number, 2, NOW)
    with pytest.raises(NotAllowed):
        reader.create("Mine", [], NOW)


def test_whoever_only_reads_sees_the_versions_that_were_shared(here: Workspace) -> None:
    ann, bea, reader = (Notebooks(here.store, actor) for actor in (ANN, BEA, READER))
    number = ann.create("Suspicions", [text(1, "Bob?")], NOW).number
    ann.save(number, 1, lambda each: each.without(1), "text 1 deleted", NOW)
    ann.save(number, 2, shared, "shared", NOW)
    ann.save(number, 3, lambda each: replace(each, title="Facts"), "renamed", NOW)
    seen = {each: [made.version for made in each.versions(number)] for each in (ann, bea, reader)}
    assert list(seen.values()) == [[4, 3, 2, 1], [4, 3, 2, 1], [4, 3]]
    assert reader.find(number, 3).title == "Suspicions"
    with pytest.raises(ConfigError, match="has no version 1 that you may read"):
        reader.find(number, 1)


def test_of_two_who_save_one_version_the_second_is_told_and_nothing_is_lost(here: Workspace) -> None:
    ann, bea = Notebooks(here.store, ANN), Notebooks(here.store, BEA)
    number = ann.create("Ours", [text(1)], NOW).number
    ann.save(number, 1, shared, "shared", NOW)
    bea.save(number, 2, lambda each: each.with_cell(text(1, "Bea's words")), "text 1 written", NOW)
    with pytest.raises(AuditError, match=r"Version 3 was saved first by bea@x\.example at 2026-01-05 15:30 UTC"):
        ann.save(number, 2, lambda each: each.with_cell(text(1, "Ann's words")), "text 1 written", NOW)
    assert ann.find(number).cells == (text(1, "Bea's words"),)
    ann.save(number, 3, lambda each: each.with_cell(text(1, "Ann's words")), "text 1 written", NOW)
    assert [each.cells for each in ann.versions(number)] == [
        (text(1, "Ann's words"),), (text(1, "Bea's words"),), (text(1),), (text(1),)
    ]  # fmt: skip


def test_undoing_goes_further_back_each_time_and_makes_versions_of_its_own(here: Workspace) -> None:
    ann = Notebooks(here.store, ANN)
    number = ann.create("Undone", [text(1, "one")], NOW).number
    for version, words in ((1, "two"), (2, "three")):
        ann.save(number, version, partial(Notebook.with_cell, cell=text(1, words)), "written", NOW)
    said = []
    for version in (3, 4):
        ann.undo(number, version, NOW)
        said.append(ann.find(number).cells[0])
    assert said == [text(1, "two"), text(1, "one")]
    with pytest.raises(ConfigError, match="nothing to undo"):
        ann.undo(number, 5, NOW)
    again = ann.restore(number, 5, 3, NOW)
    assert (again.version, again.restored, again.cells) == (6, 3, (text(1, "three"),))
    assert ann.find(number, 2).cells == (text(1, "two"),)
    with pytest.raises(ConfigError, match="has no version 9 that you may read: the newest is 6"):
        ann.find(number, 9)


def test_every_version_is_a_sealed_decision(desk: Desk, here: Workspace) -> None:
    ann = Notebooks(here.store, ANN)
    number = ann.create("Sealed", [text(1)], NOW).number
    ann.save(number, 1, shared, "shared", NOW)
    check_decisions(here.store.database.connection())
    told = [row["issue_description"] for row in desk.rows(
        "SELECT issue_description FROM audit_events WHERE action = 'decided' ORDER BY event_id")]  # fmt: skip
    assert told == ["Notebook 1 v1 (Sealed): made.", "Notebook 1 v2 (Sealed): shared."]


def test_cells_move_double_and_go(here: Workspace) -> None:
    notebook = Notebook(1, 1, "t", ANN.email, (text(1), text(2), text(3)))
    assert numbers(notebook.moved(3, -1)) == [1, 3, 2]
    assert numbers(notebook.moved(1, -1)) == numbers(notebook.moved(3, 1)) == [1, 2, 3]
    assert numbers(notebook.doubled(1)) == [1, 4, 2, 3]
    assert numbers(notebook.without(2)) == [1, 3]
    assert numbers(notebook.with_new(text(1))) == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        (text(1, " \n"), "empty"),
        (text(1, "x" * 10_001), "10,001 characters"),
        (TableCell(1, "", EventFilter(), ("event",)), "needs a title"),
        (TableCell(1, "t", EventFilter(), ()), "needs a column"),
        (TableCell(1, "t", EventFilter(), ("event",), limit=501), "1 to 500 rows"),
        (NumberCell(1, "t" * 121, EventFilter()), "121 characters"),
        (PinnedCell(1, 0), "numbered from 1"),
        (PinnedCell(1, 1), "no change or finding 1"),  # an action: the snapshot that was taken
        (PinnedCell(1, 10**6), "no change or finding"),
    ],
)
def test_what_cannot_be_kept_is_one_sentence(here: Workspace, cell: TextCell, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        Notebooks(here.store, ANN).create("Refused", [cell], NOW)
    assert Notebooks(here.store, ANN).all() == []


def test_a_notebook_has_a_title_and_an_end(here: Workspace) -> None:
    ann = Notebooks(here.store, ANN)
    with pytest.raises(ConfigError, match="needs a title"):
        ann.create(" \n ", [], NOW)
    with pytest.raises(ConfigError, match="at most 60 cells"):
        ann.create("Long", [text(n) for n in range(1, MOST_CELLS + 2)], NOW)


def test_they_are_found_by_their_words_the_last_saved_first(here: Workspace) -> None:
    ann = Notebooks(here.store, ANN)
    ann.create("Zeroed prices", [text(1, "In AUGUST.")], NOW)
    ann.create("Second", [], NOW)
    assert titles(ann.all()) == ["Second", "Zeroed prices"]
    assert titles(ann.all("august")) == titles(ann.all(" zeroed ")) == ["Zeroed prices"]
    assert titles(ann.all("ann@X")) == ["Second", "Zeroed prices"]
    assert ann.all("nowhere") == []


@pytest.mark.parametrize(
    "template",
    [
        week_story("2025-07-20", people=True),
        week_story("2025-07-20", people=False),
        person_month("bo@x.example", "2025-02", ["2025-02-03"], ZONE),
    ],
)
def test_a_template_can_be_kept(here: Workspace, template: tuple[str, tuple[TextCell, ...]]) -> None:
    title, begun = template
    made = Notebooks(here.store, ANN).create(title, begun, NOW)
    assert Notebooks(here.store, ANN).find(made.number).cells == begun


def test_a_month_is_one_of_the_business() -> None:
    looks = ["2025-09-01T15:00:00Z", "2025-10-01T02:00:00Z", "2025-10-01T15:00:00Z"]  # the second is 30 September there
    assert months_of(looks, ZONE) == ["2025-10", "2025-09"]
    _, (_, number, *_) = person_month("bo@x.example", "2025-09", looks, ZONE)
    assert isinstance(number, NumberCell)
    assert [look for look in looks if number.chosen.since <= look <= number.chosen.until] == looks[:2]
