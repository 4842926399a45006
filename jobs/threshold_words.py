"""What `thresholds` answers, as JSON values and as lines for a person."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any, Final

import polars as pl

from audit_core.review.precision import Share
from audit_core.rules.base import money_text
from audit_core.settings import ReviewSettings
from audit_core.thresholds.compare import Comparison
from audit_core.thresholds.preview import Known, Preview
from audit_core.thresholds.sets import ThresholdSet

_SHARES: Final = {
    "naive": "confirmed of the alerts that were judged",
    "precision": "right of all alerts, estimated",
    "recall": "of what is wrong caught, estimated",
    "caught": "of what was confirmed caught",
}


def said(version: ThresholdSet) -> dict[str, Any]:
    """A version of a set."""
    return {
        "name": version.name,
        "version": version.version,
        "state": version.state.value,
        **version.limits.to_json(),
        "budget": version.budget.to_json() if version.budget else None,
        "reason": version.reason,
        "author": version.author,
        "drafted_at": version.drafted_at.isoformat() if version.drafted_at else None,
        "in_force_since": version.in_force_since.isoformat() if version.in_force_since else None,
        "words": _version_words(version),
    }


def previewed(made: Preview, known: Known, desk: ReviewSettings) -> dict[str, Any]:
    """A preview."""
    shown = made.shown
    volume = made.volume
    estimate = made.estimate
    shares = {"naive": estimate.naive, "precision": estimate.precision, "recall": estimate.recall}
    return {
        **made.limits.to_json(),
        "alerts": shown.height,
        "urgent_alerts": made.urgent,
        "alerts_suppressed": made.alerts.height - shown.height,
        "volume": asdict(volume) if volume else None,
        "per_analyst_day": volume.per_day(desk.analyst_days) if volume else None,
        "weeks": _rows(made.weeks),
        **{name: _share(share) for name, share in {**shares, "caught": made.caught}.items()},
        "silent": list(estimate.silent),
        "money_cents": made.money_cents,
        "money_share": made.money_share,
        "costs": _rows(known.costs),
        "cheapest": known.cheapest,
    }


def compared(found: Comparison) -> dict[str, Any]:
    """A comparison."""
    return {
        "comes": _rows(found.comes),
        "goes": _rows(found.goes),
        "stays": found.stays,
        "counts": _rows(found.counts),
    }


def lines(counters: Mapping[str, Any]) -> list[str]:
    """Any of these as lines."""
    if "sets" in counters:
        return [each["words"] for each in counters["sets"]]
    if "comes" in counters:
        return list(_comparison(counters))
    return list(_preview(counters)) if "weeks" in counters else []


def _version_words(version: ThresholdSet) -> str:
    budget = f", for {version.budget.words()}" if version.budget else ""
    who = f" by {version.author}, {version.drafted_at:%Y-%m-%d %H:%M} UTC" if version.drafted_at else ""
    title, state = version.title, version.state.value
    return f"{title:24} {state:11} {version.limits.words()}{budget}. {version.reason}{who}"


def _preview(counters: Mapping[str, Any]) -> Iterable[str]:
    yield f"{'week':12}{'looks':>7}{'alerts':>8}{'urgent':>8}{'suppressed':>12}"
    for week in counters["weeks"]:
        counted = f"{week['looks']:>7,}{week['alerts']:>8,}{week['urgent']:>8,}{week['suppressed']:>12,}"
        yield f"{week['week']:12}{counted}{'' if week['whole'] else '  not a whole week'}"
    if volume := counters["volume"]:
        yield (
            f"expected: {volume['per_week']:.1f} alerts a week ({volume['low']:,} to {volume['high']:,} in the last "
            f"{volume['weeks']} whole weeks, median {volume['median']:g}, nine of ten up to {volume['p90']:g}), "
            f"{counters['per_analyst_day']:.1f} per analyst-day"
        )
    else:
        yield "expected: nothing can be said, too few weeks are whole"
    for name, words in _SHARES.items():
        if share := counters[name]:
            yield f"{share['value']:.0%} ({share['low']:.0%} to {share['high']:.0%}, n = {share['n']:,}) {words}"
    yield from counters["silent"]
    part = "" if counters["money_share"] is None else f", {counters['money_share']:.0%} of risk × money"
    yield f"money covered: {money_text(counters['money_cents'])}{part}"
    if counters["cheapest"] is None:
        yield "least cost: not said, as nothing was confirmed that a cut-off would miss"
    else:
        yield f"least cost: at a cut-off of {counters['cheapest']:g}"


def _comparison(counters: Mapping[str, Any]) -> Iterable[str]:
    for sign, name in (("+", "comes"), ("-", "goes")):
        for each in counters[name]:
            what = f"{sign} {each['alert']:16} {each['day']} risk {each['risk_score']:.2f}"
            yield f"{what} {money_text(each['money_cents']):>14}  {each['sentence']}"
    for each in counters["counts"]:
        yield f"{each['week']}  {each['rule'] or 'no rule':26} +{each['comes']:,} -{each['goes']:,}"
    yield f"{len(counters['comes']):,} come, {len(counters['goes']):,} go, {counters['stays']:,} stay"


def _share(share: Share | None) -> dict[str, Any] | None:
    return asdict(share) if share else None


def _rows(frame: pl.DataFrame) -> list[dict[str, Any]]:
    """Rows with dates as text."""
    return frame.with_columns(pl.col(pl.Date).cast(pl.String)).to_dicts()
