"""What the Method worksheet says, in the words of docs/rules.md and docs/glossary.md; a test compares them."""

from collections.abc import Mapping
from typing import Final

from audit_core.rules import Certainty

CHECKS: Final[Mapping[str, tuple[str, str]]] = {
    "price_mismatch": ("the line's price is not unit price × quantity, beyond max($0.02, 0.5 %)", "at least HIGH"),
    "price_era": (
        "lines of a code agree among themselves on a unit price that is not the list's for their days",
        "as unusual as it is, one story a look",
    ),
    "cu_not_listed": (
        "a priced, completed line was entered with, or moved to, a code and work type that are in no rate",
        (
            "none: a remark with its count; at least HIGH where the code is one character from a listed one, at "
            "exactly the price of that one"
        ),
    ),
    "price_unlike_peers": (
        (
            "the price of a code that no list names is not quantity × the unit price on which 95 % of the code's "
            "other lines agree, five or more of them; where there is no price list, of every code"
        ),
        "at least HIGH",
    ),
    "price_zeroed": ("a price that was there became zero, negative or empty, at any time", "at least HIGH"),
    "edited_after_lock": (
        "quantity, price, CU, work type, WR or pole edited after the row's week locked",
        "as unusual as it is",
    ),
    "restored_after_lock": (
        (
            "a quantity, price or check mark was cut while its week was open, and is back (95 % or more of it) now "
            "that it has locked"
        ),
        "at least HIGH where exactly what stood there before is back, else as unusual as it is",
    ),
    "completion_unchecked": ("completion un-checked after the lock", "at least HIGH"),
    "row_deleted_after_lock": ("a line deleted after its week locked", "at least HIGH"),
    "week_moved": (
        "the row's billing week moved to another week",
        "at least HIGH after the lock, else as unusual as it is",
    ),
    "automation_restamp": (
        "an automation moved a date to another date, and nobody ticked the row within `incidents.echo_minutes`",
        "at least HIGH where the billing week moved out of a lock, else as unusual as it is",
    ),
    "late_entry": ("a line entered after its week locked", "none: a remark with its lateness"),
    "date_typo": (
        "a date that cannot be: far in the future, or years before the rest of its work request",
        "at least HIGH",
    ),
    "date_outside_week": ("completed on a day that does not belong to the billing week", "at least HIGH"),
    "week_not_sunday": ("the week date is not a Sunday", "at least HIGH"),
    "duplicate_unit": (
        (
            "the same WR, week, pole, CU, work type, quantity and price stand on two billed lines, of one sheet or "
            "of two"
        ),
        "at least HIGH",
    ),
    "near_work_request": (
        "a WR of one or two lines, one digit away from a known WR",
        "at least HIGH where identity decides, else as unusual as it is",
    ),
    "split_across_weeks": (
        "a quantity was cut, and exactly that is entered for the same WR, pole, CU and work type in another week",
        "at least HIGH; as unusual as it is a look later, if the cut came before the lock",
    ),
    "two_crews": (
        "lines of two foremen (or of a helper) bill one WR, pole, CU, work type and day",
        "at least HIGH for the same quantity, else as unusual as it is; a remark if only a foreman changed",
    ),
    "foreman_reassigned": ("the foreman of a completed line was overwritten after its week locked", "none: a remark"),
    "quantity_slip": (
        "the decimal point of a quantity moved, or its digits changed places, at any time",
        "as unusual as it is",
    ),
    "quantity_zeroed": (
        "the quantity of a completed, priced line became zero, negative, empty or an error",
        "at least HIGH",
    ),
    "quantity_text": (
        "a quantity that is no number, such as 1O, two or 3? (2 EA is one)",
        "at least HIGH on a priced line, else as unusual as it is",
    ),
    "unit_mismatch": (
        (
            "a unit of measure unlike that of the code's other lines; where they are fewer than six, unlike the "
            "price list's, or unlike all of them and the line itself before"
        ),
        "at least HIGH, as unusual as it is where neither another line nor the list has the code",
    ),
    "row_moved": ("the line moved to another sheet; it is no deletion and no late entry", "none: a remark"),
    "stale_formula": (
        (
            "a quantity was edited, and its price did not follow: the formula within a minute, or a plain price that "
            "was right for the old quantity, by the list or by three other lines of an unlisted code"
        ),
        "at least HIGH",
    ),
    "formula_changed": (
        "a formula was replaced by another or by a plain value, also when the value is the same",
        "none: a remark",
    ),
    "retyped": ("a number became text, or text a number, with the same digits", "none: a remark"),
}
"""Rule → (what it looks for, how grave it is)."""

GRAVITY: Final[Mapping[Certainty, str]] = {
    Certainty.CERTAIN: "at least HIGH",
    Certainty.UNUSUAL: "as unusual as it is",
    Certainty.REMARK: "none: a remark",
}
"""How grave the hits of a rule are that was added here."""

SEVERITY: Final = (
    (
        "Severity goes by certainty. What arithmetic, dates or identity contradict is at least HIGH whatever its "
        "money; everything else is as grave as it is unusual, and an ordinary late correction (one piece more, its "
        "price with it) stays LOW or MEDIUM. A change that only possibly came after the lock (no modified time, and "
        "the lock lies between the two looks) is at most MEDIUM for the rules about the lock."
    ),
    (
        "Unusual (0–1) joins signs, each with the most that it can say alone, so that no single sign makes an edit "
        "HIGH and two or three that agree do: a slip of the finger in the number or the date (0.62), rarity (0.6), "
        "the size of the change (0.5), a unit price unlike the code's other lines (0.45), a quantity unlike the "
        "code's other lines (0.4), rounding up to a multiple of five (0.3). From 0.35 on a hit is MEDIUM, from 0.65 "
        "HIGH. A value put back to what stood there before counts 0.3 of that. Rare is a kind of change that fewer "
        "than one in a thousand rows of the last eight weeks' looks had; what comes in every look is ordinary. How "
        "late an edit came, who made it and at what hour are no signs here: bills are settled for weeks."
    ),
)
"""Two paragraphs of docs/rules.md."""

RISK: Final = (
    (
        "Risk joins independent reasons to look (0–1), so that one damning reason is never diluted by two harmless "
        "ones: risk = 1 − (1 − rules) (1 − novelty) (1 − g·learned)"
    ),
    (
        "A hit weighs by its severity (LOW 0.10–0.35, MEDIUM 0.35–0.65, HIGH 0.84–0.90, CRITICAL 0.90–0.95; a remark "
        "0.02) and inside that by unusualness, money and lateness."
    ),
    "A change that broke no rule has no severity, whatever its risk.",
)
"""Three sentences of docs/rules.md."""

WORDS: Final[Mapping[str, str]] = {
    "alert": "a story that a person should look at: its highest risk reaches the review cut-off of the threshold set "
    "in force, and no suppression holds it back. From the urgent cut-off on it comes first.",
    "anchor": "the size of the ledger, its newest hash (the head) and its Merkle root, signed where there is a key, "
    "written to a file outside the database by every run that records something, and printed at the foot of every "
    "report. Whoever holds an old anchor can prove that nothing before it was altered.",
    "blind spot": "something that was not looked at, and why: a sheet that could not be read, a column that no "
    "longer matches, rows skipped, cells not understood. Results are always shown with their blind spots.",
    "change": "one cell that differs between two snapshots of a sheet, or one row that appeared or disappeared.",
    "disposition": "what somebody decided about an event or an incident: confirmed, false alarm or follow-up, with a "
    "reason code and perhaps a note. It stands beside the event and never replaces it.",
    "exemption": "sheets or work requests that a rule, or every rule, leaves alone for a while, with a reason and an "
    "end. Exempt hits are counted and raise nothing.",
    "finding": "something a rule found in the state of a row that no change of this look explains, such as a unit "
    "that was already billed twice when the sheet was first seen.",
    "incident": "many events with one cause told as one story, with the money they moved together.",
    "late entry": "a row added to a week that has already locked. It is normal in this business and no violation by "
    "itself.",
    "learned part": "what the model learned from labels, as a part of the risk. It counts only where it was better "
    "on weeks that it had not seen.",
    "lock": "the moment after which a week should no longer change: when its Sunday has passed in the business's "
    "time zone, plus the grace period if there is one. An edit whose time is not exactly known may be only possibly "
    "after lock.",
    "look": "one reading of the source. For exports one date over all sheets, for Smartsheet one sync.",
    "novelty": "how unusual a change is among past changes of its kind, from 0 to 1, by the model alone. It says "
    "unusual, not wrong.",
    "remark": "a hit that is worth knowing and no reason to look: no severity, next to no risk. A late entry is one.",
    "risk": "how much an event deserves an auditor's attention, from 0 to 1. It joins what the rules say, novelty "
    "and the learned part as independent reasons to look.",
    "shadow": "the state of a rule that runs, is counted, and raises nothing.",
}
"""The glossary's words that a reader of the workbook meets."""

MONEY: Final = (
    "Money is what a change moved: the line's price after minus before, a new line with its whole price, a deleted one "
    "with minus its price, a quantity whose price stayed with its pieces at the line's unit price. Findings show the "
    "money at stake and are in no sum. Every sum is made of whole cents."
)

SIMULATED: Final = (
    "Events marked as simulated come from looks that were made up on top of the sample data: the people, their edits "
    "and their errors are invented, so that every kind of event can be seen. They say nothing about anybody."
)

NOT_LOOKED_AT: Final = (
    "Price variance inside a work request, weekend work and large work requests flag almost everything on real data "
    "and are left out on purpose. A unit that stands in two weeks is ordinary (51 of the real North sheet do): crews "
    "come back. Of vacuum crews only the row's own foreman is compared. Without a price list a price is only "
    "compared with the code's other lines, and every run says so."
)
