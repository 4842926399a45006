"""A story is what people judge as one: an incident, or an event outside of incidents. Verdicts stand on its name."""

import polars as pl


def story_of() -> pl.Expr:
    """The story of an event by its `incident_id` and `event_id`: `incident:3`, or `event:12` outside of incidents."""
    incident = pl.concat_str(pl.lit("incident:"), pl.col("incident_id").cast(pl.String))
    return pl.coalesce(incident, pl.concat_str(pl.lit("event:"), pl.col("event_id").cast(pl.String)))
