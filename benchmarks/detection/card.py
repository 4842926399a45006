"""The measured numbers in words: a table a rate, how each kind of error is found, and what is not caught."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean

from benchmarks.detection.injecting import GROUPS
from benchmarks.detection.scores import LABELS, SHUFFLED, Measured, pooled

CARD = Path(__file__).resolve().parents[2] / "docs" / "model-card.md"
_SMALL_GAIN = 0.002
"""A part that adds less average precision than this adds nothing worth naming."""
_RARELY = 0.9


def write(part: str, measured: str) -> None:
    """Put what was measured into docs/model-card.md, between the marks of its part.

    Raises ValueError where the marks are gone.
    """
    begin, end = (f"<!-- {part}: {side} -->" for side in ("begin", "end"))
    old = CARD.read_text()
    head, tail = old[: old.index(begin) + len(begin)], old[old.index(end) :]
    CARD.write_text(f"{head}\n\n{measured}\n\n{tail}")


def text(found: Sequence[Measured]) -> str:
    """The measured part, as Markdown."""
    rates = sorted({one.rate for one in found})
    parts = [_scorers([one for one in found if one.rate == rate], rate) for rate in rates]
    return "\n\n".join([*parts, _parts(found), _kinds(found), _benign(found), _missed(found)])


def _scorers(found: Sequence[Measured], rate: float) -> str:
    seeds = ", ".join(str(one.seed) for one in found)
    errors, changes = sum(one.errors for one in found), sum(one.changes for one in found)
    title = f"### Errors in {rate:.1%} of the edits (seeds {seeds}: {errors} errors among {changes:,} changes)"
    rows = [
        "| scored by | average precision (worst) | precision at n | average precision without judgement |",
        "|---|---|---|---|",
    ]
    for name in found[0].scorers:
        ap, at_n, decidable = (
            [one.scorers[name][number] for one in found]
            for number in ("average_precision", "precision_at_n", "average_precision_without_judgement")
        )
        rows.append(f"| {name} | {fmean(ap):.3f} ({min(ap):.3f}) | {fmean(at_n):.3f} | {fmean(decidable):.3f} |")
    gate = "; ".join(
        f"with {count} labels the gate let {sum(one.gate_passed[str(count)] for one in found)} of {len(found)} pass"
        for count in LABELS
    )
    return "\n".join([title, "", *rows, "", f"What labels teach counts only where the gate lets it: {gate}."])


def _parts(found: Sequence[Measured]) -> str:
    def ap(name: str) -> float:
        return fmean(one.scorers[name]["average_precision"] for one in found)

    steps = [("novelty", "rules + novelty", "rules only")]
    steps += [(f"{count} labels", f"rules + novelty + {count} labels", "rules + novelty") for count in LABELS]
    lines = ["### What each part adds", ""]
    for part, with_it, without in steps:
        gain = ap(with_it) - ap(without)
        verdict = "" if gain > _SMALL_GAIN else " It adds nothing." if gain >= -_SMALL_GAIN else " It costs."
        lines.append(f"- {part}: {gain:+.3f} average precision over {without}.{verdict}")
    drop = ap("risk as recorded") - ap(SHUFFLED)
    lines.append(f"- people and hours: {drop:.3f} less average precision once they are shuffled among the human edits.")
    return "\n".join(lines)


def _kinds(found: Sequence[Measured]) -> str:
    counts = pooled(found, "kinds")
    rows = [
        "### Share of each kind of error at HIGH or above",
        "",
        "| decided by | kind | errors | at HIGH |",
        "|---|---|---|---|",
    ]
    for kind, (count, at_high) in sorted(counts.items(), key=lambda each: (GROUPS[each[0]], each[0])):
        rows.append(f"| {GROUPS[kind]} | {kind} | {count} | {at_high / count:.1%} |")
    for group in sorted(set(GROUPS.values())):
        mine = [value for kind, value in counts.items() if GROUPS[kind] == group]
        total, at_high = sum(count for count, _ in mine), sum(high for _, high in mine)
        rows.append(f"| **{group}** | all | {total} | {_share(at_high, total)} |")
    return "\n".join(rows)


def _benign(found: Sequence[Measured]) -> str:
    counts = pooled(found, "benign")
    total, at_high = (sum(value[place] for value in counts.values()) for place in (0, 1))
    said = f"{at_high} of {total:,} harmless changes ({_share(at_high, total)})."
    rows = [
        f"| {kind} | {count:,} | {high} |"
        for kind, (count, high) in sorted(counts.items(), key=lambda each: (-each[1][1], each[0]))
    ]
    title = "### Ordinary work at HIGH or above"
    return "\n".join([title, "", said, "", "| work | changes | at HIGH |", "|---|---|---|", *rows])


def _missed(found: Sequence[Measured]) -> str:
    counts: Mapping[str, tuple[int, int]] = pooled(found, "kinds")
    rare = sorted(kind for kind, (count, high) in counts.items() if high / count < _RARELY)
    told = [f"- {kind}: {counts[kind][0] - counts[kind][1]} of {counts[kind][0]} were not at HIGH." for kind in rare]
    return "\n".join(["### What is not caught", "", *(told or ["Every kind was at HIGH nine times in ten or more."])])


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.2%}" if whole else "none"
