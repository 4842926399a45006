"""The lines of the audited sheets themselves: whose each is, and whether its owner is still there."""

from collections.abc import Iterator

from audit_core.access_review.known import Known, days_ago
from audit_core.access_review.line import Advice, Fact, Line, Part, Reason, advised
from audit_core.access_review.shares import SheetShares, can_edit
from audit_core.rules.base import counted
from audit_core.syncing.sharing import effective


def sheets_and_owners(known: Known) -> list[Line]:
    """A line for each audited sheet, by name."""
    return [_line(known, each) for each in known.sheets]


def owners_of(sheet: SheetShares) -> tuple[str, ...]:
    """E-mails of who owns a sheet."""
    return tuple(sorted(email for email, level in effective(sheet.shares).items() if level == "OWNER"))


def _line(known: Known, sheet: SheetShares) -> Line:
    owners = owners_of(sheet)
    reasons = list(_reasons(known, sheet, owners))
    advice, why = advised(reasons, _otherwise(known, owners))
    right = f"owner {', '.join(owners)}" if owners else "owner unknown" if sheet.day is None else "no owner"
    facts = tuple(_facts(known, sheet, owners))
    return Line(f"sheet:{sheet.sheet_id}", Part.SHEETS, sheet.name, None, right, advice, why, facts)


def _otherwise(known: Known, owners: tuple[str, ...]) -> str:
    told = f"Owned by {' and '.join(owners)}"
    if any(_active(known, email) for email in owners):
        return f"{told}, who was there within {known.days} days."
    return f"{told}; the record is too short to say whether they are still there."


def _reasons(known: Known, sheet: SheetShares, owners: tuple[str, ...]) -> Iterator[Reason]:
    if sheet.day is None:
        why = (
            "Who reaches it was never read"
            if known.tells_shares
            else "The source holds files, which do not tell who reaches the sheet that they are of"
        )
        yield Reason(Advice.LOOK, f"{why}: look in Smartsheet who owns it and with whom it is shared.")
        return
    if not owners:
        yield Reason(Advice.LOOK, "Among those it is shared with nobody is its owner: name one.")
    if (known.today - sheet.day).days > 1:
        yield Reason(Advice.LOOK, f"Who reaches it was last read on {days_ago(sheet.day, known.today)}: look again.")
    active = [email for email in owners if _active(known, email)]
    if owners and not active and known.covered:
        yield Reason(
            Advice.LOOK,
            f"Its owner {' and '.join(owners)} neither edited a sheet for certain nor signed in here within "
            f"{known.days} days: somebody else should own it.",
        )
    for email in owners:
        account = known.accounts.get(email)
        if account is not None and account.role is not None and not account.active:
            yield Reason(Advice.LOOK, f"Its owner {email} may not sign in here any more: somebody else should own it.")
        if known.outsider(email):
            yield Reason(Advice.LOOK, f"Its owner {email} is of a domain that is none of ours.")


def _active(known: Known, email: str) -> bool:
    """Whether anything shows that somebody was there in the days that count."""
    acts = known.acts.get(email)
    signed_in = acts is not None and acts.sign_in is not None and acts.sign_in[0] >= known.since
    return signed_in or any(each.last >= known.since for each in known.edits.get(email, {}).values())


def _facts(known: Known, sheet: SheetShares, owners: tuple[str, ...]) -> Iterator[Fact]:
    yield Fact("Shares read on", days_ago(sheet.day, known.today) if sheet.day else "never")
    for email in owners:
        edits = known.edits.get(email, {})
        newest = max(edits.values(), key=lambda each: each.event, default=None)
        told = f"last edit on any sheet {newest.last}" if newest else "no edit on record"
        yield Fact("Owner", f"{email}, {told}", newest.event if newest else None)
    levels = effective(sheet.shares)
    if sheet.day is not None:
        groups = [each.name for each in sheet.shares if each.kind == "GROUP"]
        unseen = f", and the unseen members of {', '.join(groups)}" if groups else ""
        yield Fact("Reached by", f"{counted(len(levels), 'person').replace('persons', 'people')}{unseen}")
        yield Fact("May edit", f"{sum(map(can_edit, levels.values())):,}")
    unnamed = known.unnamed.get(sheet.sheet_id, 0)
    if unnamed:
        yield Fact("Changes that name nobody", f"{unnamed:,} in {known.days} days")
