"""What became of the last signed review: what its decisions say about the lines of now, and what changed since."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from audit_core.access_review.compare import changed, lowered
from audit_core.access_review.line import Advice, Line, Part
from audit_core.access_review.reviews import AccessReview, Choice, Decided, Earlier, Since, read_review
from audit_core.store.access_reviews import AccessReviewEvents
from audit_core.workspace import Workspace

_GOES: Final = (Choice.REDUCE, Choice.REMOVE)
_SHEET: Final = "sheet:"


def last_signed(workspace: Workspace, newest: AccessReview | None) -> AccessReview | None:
    """The newest review that is signed."""
    if newest is None or newest.closed:
        return newest
    for month in AccessReviewEvents(workspace.store.database).months():
        found = read_review(workspace, month)
        if found is not None and found.closed:
            return found
    return None


def after(signed: AccessReview | None, lines: Iterable[Line]) -> list[Line]:
    """The lines, each with what the last review decided about it."""
    if signed is None:
        return list(lines)
    before, then = {each.line_id: each for each in signed.lines}, _known_then(signed)
    return [_again(each, before.get(each.line_id), signed.decided.get(each.line_id), then) for each in lines]


def told_since(signed: AccessReview | None, lines: Sequence[Line]) -> Since:
    """What changed since the last signed review, and what became of its decisions."""
    if signed is None:
        return Since()
    before, now = ({each.line_id: each for each in several} for several in (signed.lines, lines))
    names = {each.line_id.removeprefix(_SHEET): each.name for each in lines if each.part is Part.SHEETS} | {
        "*": "all sheets"
    }
    told = ((each.name, changed(before[key], each, names)) for key, each in now.items() if key in before)
    return Since(
        signed.month,
        tuple(each.name for key, each in now.items() if key not in before),
        tuple(each.name for key, each in before.items() if key not in now),
        tuple((name, *both) for name, both in told if both is not None),
        tuple(_earlier(signed, before, now)),
    )


def _known_then(signed: AccessReview) -> frozenset[str]:
    """The sheets of which it was known then who reaches them."""
    return frozenset(
        each.line_id.removeprefix(_SHEET)
        for each in signed.lines
        if each.part is Part.SHEETS and each.right != "owner unknown"
    )


def _again(line: Line, before: Line | None, decided: Decided | None, then: Collection[str]) -> Line:
    if before is None or decided is None:
        return line
    when = f"{decided.at:%Y-%m-%d} by {decided.by}"
    if decided.choice in _GOES:
        done = _done(decided.choice, before, line, then)
        if done:
            return line
        advice = Advice.LOOK if done is None else Advice(decided.choice.value)
        now = "whether less is allowed now cannot be said" if done is None else "and still there"
        more = "" if line.right == before.right else f" ({before.right} before, {line.right} now)"
        told = f"Decided {decided.choice} on {when}, {now}{more}."
        reasons = (told, *line.reasons) if line.advice is not Advice.KEEP else (told,)
        return replace(line, advice=max(line.advice, advice, key=list(Advice).index), reasons=reasons)
    if decided.choice is Choice.EXCEPTION and decided.until is not None:
        told = f"An exception was made on {when} until {decided.until}: {decided.reason}"
        return replace(line, reasons=(*line.reasons, told))
    return line


def _done(choice: Choice, before: Line, now: Line | None, then: Collection[str]) -> bool | None:
    if now is None:
        return True
    return lowered(before, now, then) if choice is Choice.REDUCE else False


def _earlier(signed: AccessReview, before: Mapping[str, Line], now: Mapping[str, Line]) -> Iterator[Earlier]:
    """What became of each decision to reduce or remove."""
    then = _known_then(signed)
    for key, decided in signed.decided.items():
        if decided.choice in _GOES and key in before:
            done = _done(decided.choice, before[key], now.get(key), then)
            yield Earlier(before[key].name, before[key].part, decided.choice, decided.at.date(), decided.by, done)
