"""Many sheets, many cycles, every kind of mutation: what changed is found, all of it and nothing else."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.emulator import Tenant, billing_sheet, net
from tests.live import live
from tests.smartsheet.judged import Score, judged

pytestmark = pytest.mark.in_turn(3)

NAIVE = "a full read of every sheet every cycle"


@dataclass
class Season:
    """What a run of many cycles cost and how it was judged."""

    score: Score = field(default_factory=Score)
    requests: Counter[str] = field(default_factory=Counter)
    changed_sheets: int = 0
    cycles: int = 0
    facts: int = 0


def season(root: Path, seed: int, sheets: int, cycles: int, mutations: int) -> Season:
    """Cycles of mixed mutations, a sync after each."""
    tenant = Tenant(seed=seed)
    tenant.rate_limit = False
    tenant.recalc_delay = (5, 35)
    for number in range(sheets):
        billing_sheet(tenant, f"Billing {number:02}", 40, seed=seed * 1000 + number)
    found = Season(cycles=cycles)
    with live(root, tenant) as desk:
        desk.sync()
        before, versions, seen = tenant.mark(), _versions(tenant), 0
        for cycle in range(cycles):
            desk.time.sleep(900)
            tenant.tick(2_400)  # with what the batch takes about an hour, so that a season crosses days and week locks
            found.facts += tenant.batch(seed=seed * 100 + cycle, n=mutations)
            found.changed_sheets += sum(number != versions[sheet] for sheet, number in _versions(tenant).items())
            versions = _versions(tenant)
            desk.emulator.log.clear()
            counters = desk.sync()
            after = tenant.mark()
            events = desk.events("AND event_id > ?", seen)
            seen = max((each["event_id"] for each in events), default=seen)
            found.score += judged(events, net(before, after), after, before)
            found.requests += Counter(counters["requests"])
            assert counters["api_requests"] == len(desk.emulator.log)
            before = after
    return found


def _versions(tenant: Tenant) -> dict[int, int]:
    return {each.id: each.version for each in tenant.sheets.values()}


def check(found: Season, sheets: int) -> None:
    """Everything that a season promises."""
    assert found.score.missing == []
    assert found.score.invented == []
    assert found.score.blamed == []
    assert found.score.right("cell history") == 1.0
    cost = found.requests
    named = cost["daily full reads"] + cost["daily shares"] + cost["daily probes"] + cost["second reads"]
    assert cost["listing"] == found.cycles
    assert cost["moved sheets"] <= found.changed_sheets
    assert sum(cost.values()) == cost["listing"] + cost["moved sheets"] + cost["cell history"] + named
    told = {label: f"{len(found.score.answers[label])} {found.score.right(label):.1%}" for label in found.score.answers}
    naive = found.cycles * sheets
    print(f"\n{found.facts} facts; requests {dict(cost)}, {NAIVE}: {naive}; who: {told}")


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.soak)])
def test_a_short_season_is_found_whole(tmp_path: Path, seed: int) -> None:
    check(season(tmp_path, seed, sheets=5, cycles=6, mutations=30), 5)


@pytest.mark.soak
def test_a_long_season_is_found_whole(tmp_path: Path, seed: int) -> None:
    print(f"seed {seed}")
    check(season(tmp_path, seed, sheets=30, cycles=40, mutations=60), 30)
