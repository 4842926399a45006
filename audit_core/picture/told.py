"""The picture in sentences that can be read aloud."""

from audit_core.picture.picture import Number, Picture
from audit_core.rules.base import money_text


def sentences(seen: Picture, blind_spots: int) -> tuple[str, ...]:
    """What a manager is told. `blind_spots`: of the newest sync."""
    told = [f"In the {seen.period.days} days from {seen.period.words()}, {_events(seen)}."]
    told.append(f"{_share(seen.flagged.now, seen.events.now)} are flagged{_beside(seen.flagged)}.")
    if seen.late.now:
        weeks = seen.locks["week"].n_unique()
        touched = f" in {_counted(weeks, 'week')}" if weeks and not seen.locks_left_out else ""
        late = _counted(seen.late.now, "change and finding", "changes and findings")
        told.append(f"{late} came after the week had locked{touched}{_beside(seen.late)}.")
    else:
        told.append("No week was changed after its lock.")
    if seen.waiting.now:
        due = f", {seen.waits.due:,} of them follow-ups that are due" if seen.waits.due else ""
        told.append(
            f"{_counted(seen.waiting.now, 'story', 'stories')} wait for a person{due}: weighed by risk, "
            f"{money_text(seen.risk_cents.now)} are open{_before_money(seen.risk_cents)}."
        )
    else:
        told.append("Nothing waits for a person.")
    told.append(
        f"{_counted(blind_spots, 'thing')} could not be looked at in full; what is said here is without them."
        if blind_spots
        else "Everything that was to be read was read, mapped and understood."
    )
    return tuple(told)


def _events(seen: Picture) -> str:
    shown = _counted(seen.events.now, "change and finding", "changes and findings")
    return f"the looks showed {shown}{_beside(seen.events)}"


def _beside(number: Number) -> str:
    """How a count stands beside that of the period before: `, 24 more than in the period before`."""
    if number.delta is None:
        return ""
    if number.delta == 0:
        return ", as many as in the period before"
    return f", {abs(number.delta):,} {'more' if number.delta > 0 else 'fewer'} than in the period before"


def _before_money(number: Number) -> str:
    return "" if number.before is None else f", after {money_text(number.before)} when the period began"


def _share(part: int, whole: int) -> str:
    return f"{part:,} of them ({part / whole:.0%})" if whole else "None of them"


def _counted(count: int, one: str, several: str = "") -> str:
    return f"{count:,} {one if count == 1 else several or one + 's'}"
