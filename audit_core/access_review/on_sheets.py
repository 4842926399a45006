"""The lines of people and groups on the audited sheets: the right of each against what they edited."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from audit_core.access_review.known import Edits, Known, days_ago
from audit_core.access_review.line import Advice, Fact, Line, Part, Reason, advised
from audit_core.access_review.shares import can_edit
from audit_core.rules.base import counted
from audit_core.sources.protocol import LEVELS, Share
from audit_core.syncing.sharing import effective

_MOST_NAMED = 6


@dataclass(frozen=True, slots=True)
class _Person:
    """`levels`: sheet id → highest level of all ways; `ways`: each way (sheet id, level, through) as it was read."""

    email: str
    names: tuple[str, ...]
    ids: frozenset[str]
    levels: Mapping[str, str]
    ways: tuple[Share, ...]

    @property
    def editing(self) -> list[str]:
        """Ids of the sheets that the person may edit and does not own: owning is no reason to edit."""
        return [sheet_id for sheet_id, level in self.levels.items() if can_edit(level) and level != "OWNER"]

    @property
    def owned(self) -> int:
        """How many sheets the person owns."""
        return sum(level == "OWNER" for level in self.levels.values())


def people_on_sheets(known: Known) -> list[Line]:
    """A line for everybody among the shares, and for who edited a sheet whose shares are not known; by e-mail."""
    people = _people(known)
    doubles = _several_addresses(people)
    lines = [_line(known, each, doubles.get(each.email, ())) for each in people.values()]
    unread = {each.sheet_id for each in known.sheets if each.day is None}
    for email, edits in known.edits.items():
        there = {sheet_id: each for sheet_id, each in edits.items() if sheet_id in unread}
        if there and email not in people:
            lines.append(_by_edits(known, email, there))
    return sorted(lines, key=lambda each: each.name.lower())


def groups_on_sheets(known: Known) -> list[Line]:
    """A line for each group whose members cannot be seen; by name."""
    found: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for sheet in known.sheets:
        for share in sheet.shares:
            if share.kind == "GROUP":
                found[share.user_id or share.name, share.name][sheet.sheet_id] = share.level
    names = known.sheet_names()
    lines = []
    for (group_id, name), levels in sorted(found.items(), key=lambda each: each[0][1].lower()):
        strongest = "may edit" if any(map(can_edit, levels.values())) else "only reads"
        why = (
            f"The members of this group cannot be seen with the token in use, and it {strongest} "
            f"{counted(len(levels), 'sheet')}: ask its owner for the list of members."
        )
        facts = [Fact("Sheet", f"{names[sheet_id]}: {level}") for sheet_id, level in levels.items()]
        line_id, right = f"group:{group_id}", right_of(levels)
        holds = tuple(sorted(levels.items()))
        lines.append(Line(line_id, Part.GROUPS, name, None, right, Advice.LOOK, (why,), tuple(facts), holds))
    return lines


def right_of(levels: Mapping[str, str]) -> str:
    """The levels on all sheets in short: `EDITOR on 3, VIEWER on 1`, the highest first."""
    counts: dict[str, int] = defaultdict(int)
    for level in levels.values():
        counts[level] += 1
    ranked = sorted(counts, key=lambda each: LEVELS.index(each) if each in LEVELS else len(LEVELS), reverse=True)
    return ", ".join(f"{level} on {counts[level]:,}" for level in ranked)


def _people(known: Known) -> dict[str, _Person]:
    ways: dict[str, list[Share]] = defaultdict(list)
    levels: dict[str, dict[str, str]] = defaultdict(dict)
    for sheet in known.sheets:
        for email, level in effective(sheet.shares).items():
            levels[email][sheet.sheet_id] = level
        for share in sheet.shares:
            if share.kind != "GROUP" and share.email:
                ways[share.email.lower()].append(share)
    return {
        email: _Person(
            email,
            tuple(sorted({each.name for each in ways[email] if each.name})),
            frozenset(each.user_id for each in ways[email] if each.user_id),
            levels[email],
            tuple(ways[email]),
        )
        for email in sorted(levels)
    }


def _several_addresses(people: Mapping[str, _Person]) -> dict[str, tuple[str, ...]]:
    """E-mail → the other addresses that Smartsheet knows by the same name or number."""
    marks: dict[str, set[str]] = defaultdict(set)
    for each in people.values():
        for mark in (*(f"id {one}" for one in each.ids), *(f"name {' '.join(n.lower().split())}" for n in each.names)):
            if mark != f"name {each.email}":
                marks[mark].add(each.email)
    found: dict[str, set[str]] = defaultdict(set)
    for emails in marks.values():
        for email in emails:
            found[email] |= emails - {email}
    return {email: tuple(sorted(others)) for email, others in found.items() if others}


def _line(known: Known, person: _Person, others: Sequence[str]) -> Line:
    edits = {each: known.edits.get(person.email, {}).get(each) for each in person.levels}
    done = {sheet_id: each for sheet_id, each in edits.items() if each is not None}
    last = max((each.last for each in done.values()), default=None)
    reasons = [
        *_account_gone(known, person),
        *_use(known, person, last),
        *_doubtful(known, person, others),
    ]
    advice, why = advised(reasons, _otherwise(known, person, done, last))
    facts = (*_where(known, person, done), *_known_of(known, person.email, done, last), *_other_names(person, others))
    return Line(
        f"sheets:{person.email}", Part.ON_SHEETS, person.email, person.email, right_of(person.levels), advice, why,
        facts, tuple(sorted(person.levels.items())),
    )  # fmt: skip


def _by_edits(known: Known, email: str, done: Mapping[str, Edits]) -> Line:
    """Somebody who is known by edits alone."""
    last = max(each.last for each in done.values())
    names = known.sheet_names()
    told = f"Edited {counted(len(done), 'sheet')}, last on {days_ago(last, known.today)}. "
    told += (
        "Who reaches it was never read: look in Smartsheet whether this is still wanted."
        if known.tells_shares
        else "The source does not tell who may: look in Smartsheet whether this is still wanted."
    )
    facts = [
        Fact("Sheet", f"{names[sheet_id]}: right unknown, {counted(each.n, 'edit')}, last {each.last}", each.event)
        for sheet_id, each in done.items()
    ]
    facts += _known_of(known, email, done, last)
    return Line(
        f"sheets:{email}", Part.ON_SHEETS, email, email, "unknown", Advice.LOOK, (told,), tuple(facts)
    )  # fmt: skip


def _account_gone(known: Known, person: _Person) -> Iterator[Reason]:
    account = known.accounts.get(person.email)
    if account is not None and account.role is not None and not account.active:
        when = known.shut_out.get(person.email)
        since = f" since {when[0]}" if when else ""
        yield Reason(
            Advice.REMOVE,
            f"May not sign in here any more{since}, and still reaches {counted(len(person.levels), 'sheet')}.",
        )


def _use(known: Known, person: _Person, last: date | None) -> Iterator[Reason]:
    """The right to edit against edits."""
    editing = person.editing
    if person.email == known.token_user:
        if editing and not known.writes:
            yield Reason(
                Advice.REDUCE,
                f"This program reads the sheets as this user and writes nothing there, and may edit "
                f"{counted(len(editing), 'sheet')}: VIEWER would do.",
            )
        return
    if not editing or (last is not None and last >= known.since):
        return
    unnamed = sum(known.unnamed.get(sheet_id, 0) for sheet_id in editing)
    may = f"May edit {counted(len(editing), 'sheet')}"
    there = [each for each in known.sheets if each.sheet_id in editing]
    if unnamed:
        yield Reason(
            Advice.LOOK,
            f"{may}; {_last(known, last)}, but {counted(unnamed, 'change')} there in {known.days} days name nobody for "
            "certain: whether this person edits is unknown.",
        )
    elif not known.covered:
        begun = f"is of {known.first_look} to {known.seen_upto}" if known.first_look else "has not begun"
        yield Reason(
            Advice.LOOK,
            f"{may}; {_last(known, last)}, but the record {begun}: whether this person edits lately is unknown.",
        )
    elif doubts := [each for sheet in there if (each := sheet.doubt(person.email, known.since, known.today))]:
        more = f" (and {len(doubts) - _MOST_NAMED:,} more)" if len(doubts) > _MOST_NAMED else ""
        yield Reason(
            Advice.LOOK,
            f"{may}; {_last(known, last)}, but {', '.join(doubts[:_MOST_NAMED])}{more}: whether this person edits is "
            "unknown.",
        )
    elif last is not None:
        yield Reason(Advice.REMOVE, f"{may}; no edit for more than {known.days} days, last on "
                                    f"{days_ago(last, known.today)}: a leaver?")  # fmt: skip
    else:
        yield Reason(
            Advice.REDUCE, f"{may} ({right_of(person.levels)}) and has no edit on record since "
            f"{max(each.first_look for each in there)}: VIEWER would do.",
        )  # fmt: skip


def _last(known: Known, last: date | None) -> str:
    return f"the last edit on record is of {days_ago(last, known.today)}" if last else "no edit is on record"


def _doubtful(known: Known, person: _Person, others: Sequence[str]) -> Iterator[Reason]:
    if name := known.shared_name(person.email):
        yield Reason(Advice.LOOK, f"The address looks like one that several people share (“{name}”): who uses it?")
    if known.outsider(person.email):
        domain = person.email.rpartition("@")[2]
        yield Reason(Advice.LOOK, f"The domain {domain} is none of ours: is this still wanted?")
    if others:
        yield Reason(Advice.LOOK, f"Smartsheet knows the same person under {', '.join(others)} too: keep one of them.")
    strange = sorted({each for each in person.levels.values() if each not in LEVELS})
    if strange:
        yield Reason(Advice.LOOK, f"The level {', '.join(strange)} is not known here: look at what it allows.")
    raised = [each for each in person.ways if each.through.startswith("group") and _raises(person, each)]
    if raised:
        yield Reason(
            Advice.LOOK,
            f"Reaches {counted(len({each.sheet_id for each in raised}), 'sheet')} with a higher right through a group "
            f"({raised[0].through.removeprefix('group ')}) than by a share of their own: which is meant?",
        )


def _raises(person: _Person, way: Share) -> bool:
    """Whether a group gives more than what the person was given on the sheet itself."""
    own = [each.level for each in person.ways if each.sheet_id == way.sheet_id and not each.through]
    return bool(own) and can_edit(way.level) and not any(map(can_edit, own))


def _otherwise(known: Known, person: _Person, done: Mapping[str, Edits], last: date | None) -> str:
    if person.email == known.token_user:
        return "This program reads the sheets as this user."
    if person.owned and last is None:
        return f"Owns {counted(person.owned, 'sheet')}; whether the owner is still there, the sheet's own line says."
    if not person.editing and last is None:
        return "Only reads; what is read is not on record, so whether it is used is unknown."
    recent = sum(each.recent for each in done.values())
    return f"Edits: {counted(recent, 'edit')} in {known.days} days, last on {last}."


def _where(known: Known, person: _Person, done: Mapping[str, Edits]) -> Iterator[Fact]:
    names = known.sheet_names()
    for sheet_id, level in person.levels.items():
        through = sorted({each.through or "a share of the sheet" for each in person.ways if each.sheet_id == sheet_id})
        edits = done.get(sheet_id)
        used = f"{counted(edits.n, 'edit')}, last {edits.last}" if edits else "no edit on record"
        told = f"{names[sheet_id]}: {level} through {', '.join(through)}; {used}"
        yield Fact("Sheet", told, edits.event if edits else None)


def _known_of(known: Known, email: str, done: Mapping[str, Edits], last: date | None) -> list[Fact]:
    newest = max(done.values(), key=lambda each: each.event, default=None)
    unnamed = sum(known.unnamed.values())
    why = f"none on record; {counted(unnamed, 'change')} name nobody for certain" if unnamed else "none on record"
    facts = [Fact("Last edit", days_ago(last, known.today) if last else why, newest.event if newest else None)]
    account = known.accounts.get(email)
    if account is None or account.role is None:
        return [*facts, Fact("Here", "no account")]
    acts = known.acts.get(email)
    state = account.role if account.active else "disabled"
    seen = f", last sign-in {acts.sign_in[0]}" if acts and acts.sign_in else ", never signed in"
    return [*facts, Fact("Here", f"{state}{seen}", acts.sign_in[1] if acts and acts.sign_in else None)]


def _other_names(person: _Person, others: Sequence[str]) -> Iterator[Fact]:
    if person.names:
        yield Fact("Name there", ", ".join(person.names[:_MOST_NAMED]))
    if others:
        yield Fact("Other addresses", ", ".join(others[:_MOST_NAMED]))
