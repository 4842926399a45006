"""Lines that agree among themselves on a unit price that is not the list's: another era, or a bulk re-rating.

One wrong line is a slip, and so are two of one code. Where most lines of a code have the same other price it is the
list that may lack something, and a person should look once at all of them.
"""

from collections.abc import Sequence, Set
from typing import Final

import polars as pl

from audit_core.rules.base import Certainty, Checked, Context, Rule, dollars, hits
from audit_core.rules.price_list import PriceList
from audit_core.rules.unit_prices import CODE, agrees, rate_text, rated, readable, total_cents
from audit_core.sheets.columns import CU, PRICE, QUANTITY, WEEK, WORK_DATE, WORK_TYPE

PRICED_BY: Final = (QUANTITY, PRICE, CU, WORK_TYPE, WORK_DATE, WEEK)
"""Columns whose change can part a line from its price, most telling first."""

_ENOUGH: Final = ((10, 0.0), (5, 0.5), (3, 1.0))
"""So many lines that agree, and the share they must be of their code's lines in the same jobs and days."""
_CODES: Final = 3
"""From so many codes on, one factor on all lines of each is a re-rating, however few lines each has."""
_SAME_FACTOR: Final = 0.005
_ROUNDED_CENTS: Final = 2
_OFFERS: Final = 20
"""The most frequent unit prices of a code that are tried: prices that agree are among them, garbage is endless."""
_FACTORS: Final = (0.55, 1.8)
"""No re-rating lies outside: halves, doubles and shifted decimal points are slips."""
_WRONG: Final = ~agrees(pl.col("price_cents"), pl.col("expected"))


def price_era(state: pl.DataFrame, context: Context, before: pl.DataFrame | None) -> Checked:
    """Lines of a code that agree on a unit price other than the list's for their days."""
    if context.prices is None:
        return Checked(hits(state.clear()), state["row_id"].clear(), out_of_scope=state.height)
    lines = rated(readable(state), context.prices)
    era = other_era(lines, context, before)
    named = with_named_era(era, context.prices)
    found = hits(
        named,
        row_id=pl.col("row_id"),
        description=pl.format(
            "The price is {}, {} for one, and {} lines of {} {} agree on that; the rate of their days is {}{}.",
            dollars(pl.col("price_cents")),
            rate_text(pl.col("unit")),
            pl.col("n"),
            pl.col("cu"),
            pl.col("work_type"),
            rate_text(pl.col("unit_price")),
            pl.col("named"),
        ),
        fix=pl.when(pl.col("named") == "")
        .then(pl.lit("Consider whether the price list lacks a new rate; if not, all of these lines need the list's."))
        .otherwise(pl.lit("Consider which era these lines belong to: their days, or the list's, may need correcting.")),
        stake_cents=pl.col("off"),
        seen=rate_text(pl.col("unit")),
        expected=rate_text(pl.col("unit_price")),
        n=pl.col("n"),
    )
    return Checked(found, lines["row_id"], out_of_scope=state.height - lines.height)


def eras_of_look(
    states: Sequence[pl.DataFrame], told: Sequence[Set[str]], prices: PriceList | None
) -> pl.DataFrame | None:
    """The eras (`cu, work_type, unit, factor, n`) that the sheets of a look show together.

    None where there is nothing to add to what a sheet shows alone (see other_era), or no price list. Lines agree
    across sheets; what was told as an era (`told`: rows of each sheet) holds for new lines at its price.
    """
    if prices is None or (len(states) < 2 and not any(told)):
        return None
    sides = [rated(readable(state), prices) for state in states]
    standing = [side.filter(pl.col("row_id").is_in(list(rows))) for side, rows in zip(sides, told, strict=True)]
    lines = pl.concat(sides)
    wrong = lines.filter(_WRONG)
    known = _able(pl.concat(standing).filter(_WRONG)).group_by(*CODE, unit="own")
    return pl.concat([_eras(wrong, lines), known.agg(pl.col("factor").median(), n=pl.len().cast(pl.Int64))])


def other_era(lines: pl.DataFrame, context: Context, before: pl.DataFrame | None) -> pl.DataFrame:
    """The wrongly priced among `lines` (see unit_prices.rated) that agree on another price: with its `unit` and `n`.

    A line that was told to be one stays one while nothing of it changes, so that mending the others leaves no alarm.
    """
    wrong = lines.filter(_WRONG)
    if wrong.is_empty():
        return wrong.with_columns(unit=pl.lit(None, dtype=pl.Float64), n=pl.lit(None, dtype=pl.Int64))
    eras = _eras(wrong, lines)
    if context.eras is not None:
        eras = pl.concat([eras, context.eras])
    found = (
        wrong.join(eras.select(*CODE, "unit", "n"), on=CODE, maintain_order="left")
        .filter(_fits("unit"))
        .sort("n", descending=True, maintain_order=True)
        .unique("row_id", keep="first", maintain_order=True)
    )
    found = pl.concat([found, _followers(wrong.join(found, on="row_id", how="anti"), eras)])
    same = ["row_id", "price_cents", "quantity", *CODE]
    positive = (pl.col("price_cents") > 0) & (pl.col("quantity") > 0)
    standing = wrong.filter(pl.col("row_id").is_in(list(context.told_era)) & positive)
    if before is not None:
        standing = standing.join(before.select(same), on=same, how="semi")
    kept = standing.join(found, on="row_id", how="anti").with_columns(
        unit=pl.col("price_cents") / pl.col("quantity") / 100, n=pl.lit(1, dtype=pl.Int64)
    )
    return pl.concat([found, kept])


def _eras(wrong: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """`cu, work_type, unit, factor, n`: the unit prices on which enough of the wrong lines agree."""
    if wrong.is_empty():
        return wrong.select(*CODE, unit=pl.lit(0.0), factor=pl.lit(0.0), n=pl.lit(0, dtype=pl.Int64))
    groups = _groups(wrong, lines)
    # a factor that all lines of several codes share: then single lines of further codes may follow it
    alike = groups.filter((pl.col("share") == 1) & (pl.col("n") >= 2)).select(*CODE, other="factor")
    shared = (
        groups.join(alike, how="cross", suffix="_2")
        .filter((pl.col("factor") / pl.col("other") - 1).abs() <= _SAME_FACTOR, pl.col("share") == 1)
        .group_by(*CODE, "unit")
        .agg(codes=pl.len())
        .filter(pl.col("codes") >= _CODES)
    )
    enough = pl.any_horizontal((pl.col("n") >= least) & (pl.col("share") >= share) for least, share in _ENOUGH)
    together = groups.join(shared, on=[*CODE, "unit"], how="semi")
    eras = pl.concat([groups.filter(enough), together]).unique([*CODE, "unit"])
    return eras.select(*CODE, "unit", "factor", "n")


def _groups(wrong: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """For each code the unit price (`unit`, dollars) on which most of its wrong lines agree: how many (`n`), their
    `factor` to the list's price, and their `share` of the code's lines in the same work requests and days."""
    able = _able(wrong)
    offers = (
        able.group_by(*CODE, unit="own")
        .len()
        .sort("len", "unit", descending=[True, False])
        .group_by(CODE, maintain_order=True)
        .head(_OFFERS)
    )
    members = able.join(offers, on=CODE).filter(_fits("unit"))
    most = (
        members.group_by(*CODE, "unit")
        .agg(pl.col("factor").median(), n=pl.len().cast(pl.Int64), first=pl.col("day").min(), last=pl.col("day").max())
        .sort("n", "unit", descending=[True, False])
        .unique(CODE, keep="first", maintain_order=True)
    )
    jobs = members.join(most, on=[*CODE, "unit"], how="semi").select(*CODE, "work_request").unique()
    beside = lines.join(jobs, on=[*CODE, "work_request"], how="semi", nulls_equal=True).join(most, on=CODE)
    among = beside.filter(pl.col("day").is_between("first", "last").fill_null(value=True))
    whole = among.group_by(CODE).agg(among=pl.len())
    return most.join(whole, on=CODE).with_columns(share=pl.col("n") / pl.col("among"))


def _able(wrong: pl.DataFrame) -> pl.DataFrame:
    """The wrong lines whose price may be of an era, with its `factor` to the list's and their `own` unit price."""
    times = pl.col("price_cents") / pl.col("expected")
    return wrong.filter(
        (pl.col("price_cents") > 0)
        & (pl.col("quantity") > 0)
        & times.is_between(*_FACTORS)
        # a price that repeats the quantity is no price
        & (pl.col("price_cents") != pl.col("quantity") * 100)
    ).with_columns(factor=times, own=(pl.col("price_cents") / pl.col("quantity")).round(2) / 100)


def _followers(wrong: pl.DataFrame, eras: pl.DataFrame) -> pl.DataFrame:
    """Wrong lines of further codes whose price is the list's times the very factor of an era: of the same re-rating."""
    factors = eras.group_by(pl.col("factor").round(4)).agg(n=pl.col("n").sum()).filter(pl.col("n") >= _ENOUGH[0][0])
    priced = wrong.filter((pl.col("price_cents") > 0) & (pl.col("quantity") > 0)).join(factors, how="cross")
    same = (pl.col("expected") * pl.col("factor") - pl.col("price_cents")).abs() <= _ROUNDED_CENTS
    return (
        priced.filter(same)
        .unique("row_id", keep="first", maintain_order=True)
        .select(*wrong.columns, unit=pl.col("price_cents") / pl.col("quantity") / 100, n=pl.col("n"))
    )


def _fits(unit: str) -> pl.Expr:
    return agrees(pl.col("price_cents"), total_cents(pl.col(unit), pl.col("quantity")))


def with_named_era(lines: pl.DataFrame, prices: PriceList) -> pl.DataFrame:
    """Adds `named`, the end of a sentence about a wrong price: which other era of the list has it, else nothing."""
    if lines.is_empty():
        return lines.with_columns(named=pl.lit(""))
    ends = (
        pl.concat_str(pl.lit(f" {word} "), pl.col(f"effective_{word}").cast(pl.String)).fill_null("")
        for word in ("from", "to")
    )
    other = (
        lines.join(prices.rates.select(*CODE, "effective_from", "effective_to", other="unit_price"), on=CODE)
        .filter(_fits("other"))
        .unique("row_id", keep="last", maintain_order=True)
        .rechunk()
        .select("row_id", named=pl.format("; {} is the list's{}{}", rate_text(pl.col("other")), *ends))
    )
    return lines.join(other, on="row_id", how="left", maintain_order="left").with_columns(pl.col("named").fill_null(""))


RULES = (
    Rule(
        "price_era",
        "Price of another era",
        "pricing",
        Certainty.UNUSUAL,
        columns=PRICED_BY,
        needs=(QUANTITY, PRICE, CU, WORK_TYPE),
        on_state=price_era,
    ),
)
