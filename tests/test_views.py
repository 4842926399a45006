"""Views that people keep: their own and shared ones, each name once, and who may take one away."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from audit_core.actors import Actor, Role
from audit_core.errors import ConfigError, NotAllowed
from audit_core.store.decisions import check_decisions
from audit_core.store.store import Store
from audit_core.views import View, carried, delete_view, save_view, views

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ANN = Actor("u1", "ann@example.com", Role.AUDITOR, "s1")
BEA = Actor("u2", "bea@example.com", Role.USER, "s2")
ADA = Actor("u3", "ada@example.com", Role.ADMIN, "s3")
HIGH = {"severity": ["HIGH", "CRITICAL"], "text": ["=1+1 <b>"]}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path)
    made.create()
    yield made
    made.database.close()


def test_a_view_is_its_owners_until_it_is_shared(store: Store) -> None:
    mine = save_view(store, ANN, "changes", "  The   grave ones ", HIGH, NOW, shared=False)
    ours = save_view(store, ANN, "changes", "All", {}, NOW, shared=True)
    save_view(store, ANN, "reports", "All", {}, NOW, shared=True)
    assert views(store, ANN, "changes") == {
        ours: View("changes", "All", {}, ANN.email, shared=True),
        mine: View("changes", "The grave ones", HIGH, ANN.email, shared=False),
    }
    assert list(views(store, BEA, "changes")) == [ours]


@pytest.mark.parametrize("name", ["all", " ALL "])
def test_a_name_stands_once_among_the_views_somebody_sees(store: Store, name: str) -> None:
    save_view(store, ANN, "changes", "All", {}, NOW, shared=True)
    with pytest.raises(ConfigError, match=r"ann@example.com shares a view 'All' .* take another name"):
        save_view(store, BEA, "changes", name, {}, NOW, shared=False)
    with pytest.raises(ConfigError, match="You have a view 'All'"):
        save_view(store, ANN, "changes", name, {}, NOW, shared=False)
    save_view(store, BEA, "reports", name, {}, NOW, shared=False)


def test_what_others_keep_to_themselves_takes_no_name(store: Store) -> None:
    save_view(store, ANN, "changes", "All", {}, NOW, shared=False)
    save_view(store, BEA, "changes", "All", {}, NOW, shared=False)
    assert [len(views(store, each)) for each in (ANN, BEA, ADA)] == [1, 1, 0]


def test_the_owner_takes_a_view_away_and_its_name_is_free_again(store: Store) -> None:
    number = save_view(store, ANN, "changes", "All", {}, NOW, shared=True)
    delete_view(store, ANN, number, NOW)
    assert not views(store, ANN)
    with pytest.raises(ConfigError, match="no view 1 any more"):
        delete_view(store, ANN, number, NOW)
    assert save_view(store, BEA, "changes", "All", {}, NOW, shared=True) == number + 1


def test_others_take_away_nothing_but_an_admin_what_is_shared(store: Store) -> None:
    shared = save_view(store, ANN, "changes", "Ours", {}, NOW, shared=True)
    own = save_view(store, ANN, "changes", "Mine", {}, NOW, shared=False)
    with pytest.raises(NotAllowed, match=r"ann@example\.com's"):
        delete_view(store, BEA, shared, NOW)
    with pytest.raises(ConfigError):
        delete_view(store, ADA, own, NOW)
    delete_view(store, ADA, shared, NOW)
    assert list(views(store, ANN)) == [own]


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "a\u202eb"])
def test_a_name_that_cannot_be_shown_is_refused(store: Store, name: str) -> None:
    with pytest.raises(ConfigError, match="1 to 60 printable"):
        save_view(store, ANN, "changes", name, {}, NOW, shared=False)


@pytest.mark.parametrize(
    ("page", "parameters"),
    [
        ("../x", {}),
        ("changes", {"a b": ["x"]}),
        ("changes", {"text": ["x" * 201]}),
        ("changes", {"text": ["x"] * 51}),
        ("changes", {f"p{n}": ["x"] for n in range(41)}),
    ],
)
def test_an_address_that_is_none_of_ours_is_refused(store: Store, page: str, parameters: dict[str, list[str]]) -> None:
    with pytest.raises(ConfigError, match="no view of ours"):
        save_view(store, ANN, page, "A", parameters, NOW, shared=False)


def test_two_who_save_at_once_get_two_numbers(tmp_path: Path, store: Store) -> None:
    def save(name: str) -> int:
        own = Store(tmp_path)
        try:
            return save_view(own, ANN, "changes", name, {}, NOW, shared=True)
        finally:
            own.database.close()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(save, "abcd")) == [1, 2, 3, 4]


def test_every_view_is_sealed(store: Store) -> None:
    delete_view(store, ANN, save_view(store, ANN, "changes", "All", HIGH, NOW, shared=True), NOW)
    told = store.database.connection().execute("SELECT issue_description FROM audit_events ORDER BY event_id")
    assert [each[0] for each in told] == [
        "View 'All' of changes saved for everybody.",
        "View 'All' of changes deleted.",
    ]
    check_decisions(store.database.connection())


def test_views_go_on_in_a_store_that_is_started_anew_but_not_those_of_an_old_event(store: Store) -> None:
    save_view(store, ANN, "changes", "All", HIGH, NOW, shared=True)
    save_view(store, ANN, "changes", "One", {"incident": ["3"]}, NOW, shared=True)
    save_view(store, ANN, "people", "Bob", {"person": ["12"]}, NOW, shared=True)  # event 12 is the first that names him
    save_view(store, ANN, "changes", "Bob's", {"person": ["bob@example.com"]}, NOW, shared=False)
    delete_view(store, ANN, save_view(store, ANN, "changes", "Gone", {}, NOW, shared=True), NOW)
    kept, bobs = carried(store)
    assert kept.told == "View 'All' of ann@example.com carried over."
    assert View.from_json(bobs.content).name == "Bob's"
    assert View.from_json(kept.content) == View("changes", "All", HIGH, ANN.email, shared=True)
