"""A filter that is asked up to an event is answered as the store was when it held no more."""

import random
from pathlib import Path

import pytest

from audit_core.filters import EventFilter
from audit_core.store.columnar import Columnar
from audit_core.store.conditions import VALUES
from audit_core.store.queries import Queries
from tests.store.trail_oracle import add_events, new_store, random_filter


@pytest.mark.parametrize("copied", [False, True])
def test_later_events_change_no_earlier_answer(tmp_path: Path, seed: int, copied: bool) -> None:
    dice = random.Random(seed)
    database = new_store(tmp_path)
    add_events(database, dice, 120)
    asked = [EventFilter(), EventFilter(incident=3), *(random_filter(dice) for _ in range(8))]

    def answers(ask: Queries) -> list[object]:
        said: list[object] = []
        for chosen in asked:
            said += [ask.totals(chosen), ask.recorded(chosen)["event_id"].to_list()]
            said += [ask.first(chosen, order, 30)["event_id"].to_list() for order in ("risk", "newest", "money")]
            said += [frame.rows() for frame in ask.facets(chosen).values()]
            said += [ask.grouped(chosen, VALUES["week"]).rows()]
        return said

    before = answers(Queries(database))
    add_events(database, dice, 200)
    if copied:
        Columnar(database).extend()
    assert answers(Queries(database, upto=120)) == before
    assert answers(Queries(database)) != before
    database.close()
