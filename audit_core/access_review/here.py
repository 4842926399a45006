"""The lines of people here: everybody who may use the app, their role against what they did with it."""

from collections.abc import Iterator

from audit_core.access_review.known import Acts, Known, days_ago
from audit_core.access_review.line import Advice, Fact, Line, Part, Reason, advised
from audit_core.access_review.scope import holds_here, right_here, scope_facts
from audit_core.access_review.used import below, beyond
from audit_core.actors import Role
from audit_core.rules.base import counted
from audit_core.store.accounts import Account

_FEW_ADMINS = 2
"""With so many Admins or fewer, one who did nothing may be there so that the other can be away."""


def people_here(known: Known) -> list[Line]:
    """A line for each active account, by e-mail."""
    active = {email: each for email, each in known.accounts.items() if each.role is not None and each.active}
    admins = sum(each.role == Role.ADMIN for each in active.values())
    return [_line(known, email, active[email], admins) for email in sorted(active)]


def _line(known: Known, email: str, account: Account, admins: int) -> Line:
    role, acts = Role(account.role or ""), known.acts.get(email, Acts())
    reasons = [*_leaving(known, email, acts), *_role(known, email, role, acts, admins), *_address(known, email)]
    advice, why = advised(reasons, _otherwise(known, role, acts))
    return Line(
        f"here:{email}", Part.HERE, account.email, email, right_here(known, account), advice, why,
        _facts(known, account, acts), holds_here(known, account),
    )  # fmt: skip


def _facts(known: Known, account: Account, acts: Acts) -> tuple[Fact, ...]:
    email, role = account.email.lower(), Role(account.role or "")
    let_in, needed = known.let_in.get(email), sum(acts.used.get(each, (0, 0))[0] for each in beyond(role))
    events = [acts.used[each][1] for each in beyond(role) if each in acts.used]
    facts = [
        *scope_facts(known, account),
        Fact("Let in", days_ago(let_in[0], known.today) if let_in else "unknown: no event says so",
             let_in[1] if let_in else None),
        Fact("Last sign-in", days_ago(acts.sign_in[0], known.today) if acts.sign_in else "never",
             acts.sign_in[1] if acts.sign_in else None),
        Fact("Acts", f"{acts.recent:,} in {known.days} days", acts.newest[1] if acts.newest and acts.recent else None),
    ]  # fmt: skip
    if role is not Role.USER:
        facts.append(Fact(f"Acts that need {role.value}", f"{needed:,}", max(events, default=None)))
    facts += [Fact(*each) for each in _on_sheets(known, email)]
    facts.append(Fact("Last reviewed", account.last_review_date or "never"))
    for label, text in (("Department", account.department), ("Supervisor", account.supervisor)):
        if text:
            facts.append(Fact(label, text))
    return tuple(facts)


def _on_sheets(known: Known, email: str) -> Iterator[tuple[str, str, int | None]]:
    shared = [each.name for each in known.sheets if any(share.email.lower() == email for share in each.shares)]
    if shared:
        yield "On the sheets", counted(len(shared), "sheet"), None
    elif known.tells_shares:
        last = known.last_shared.get(email)
        yield "On the sheets", f"on none since {last}" if last else "never seen on one", None
    newest = max(known.edits.get(email, {}).values(), key=lambda each: each.event, default=None)
    if newest:
        yield "Last edit", days_ago(newest.last, known.today), newest.event


def _leaving(known: Known, email: str, acts: Acts) -> Iterator[Reason]:
    let_in = known.let_in.get(email)
    if acts.sign_in is None and let_in is None:
        yield Reason(Advice.LOOK, "It is not on record when this person was let in, and they never signed in.")
    elif acts.sign_in is None and let_in is not None and let_in[0] < known.since:
        yield Reason(Advice.REMOVE, f"Never signed in since they were let in on {days_ago(let_in[0], known.today)}.")
    elif acts.sign_in is not None and acts.sign_in[0] < known.since:
        when = days_ago(acts.sign_in[0], known.today)
        yield Reason(Advice.REMOVE, f"Has not signed in for more than {known.days} days; last on {when}.")
    now_on = any(share.email.lower() == email for each in known.sheets for share in each.shares)
    last = known.last_shared.get(email)
    if known.tells_shares and last is not None and not now_on:
        yield Reason(Advice.LOOK, f"Was among the shares of the sheets until {last} and is on none any more: a leaver?")


def _role(known: Known, email: str, role: Role, acts: Acts, admins: int) -> Iterator[Reason]:
    """What of the role was not used, for those who had it all the time that counts."""
    let_in = known.let_in.get(email)
    settled = let_in is not None and let_in[0] < known.since
    unused = not any(each in acts.used for each in beyond(role))
    if role is Role.USER or not unused or not settled or acts.sign_in is None or acts.sign_in[0] < known.since:
        return
    done = f"None of {counted(acts.recent, 'act')} in {known.days} days needed the role {role.value}"
    if role is Role.AUDITOR:
        yield Reason(Advice.LOOK, f"{done}. Pages that are only read are no acts: ask whether they are read.")
    elif admins <= _FEW_ADMINS:
        yield Reason(Advice.LOOK, f"{done}, but there is no more than {counted(admins, 'Admin')}: kept as a deputy?")
    else:
        yield Reason(Advice.REDUCE, f"{done}: {below(role).value} would do.")


def _address(known: Known, email: str) -> Iterator[Reason]:
    if name := known.shared_name(email):
        yield Reason(Advice.LOOK, f"The address looks like one that several people share (“{name}”): who signs in?")
    if known.outsider(email):
        yield Reason(Advice.LOOK, f"The domain {email.rpartition('@')[2]} is none of ours: is this still wanted?")


def _otherwise(known: Known, role: Role, acts: Acts) -> str:
    if acts.sign_in is None:
        return "Let in lately and not signed in yet."
    needed = sum(acts.used.get(each, (0, 0))[0] for each in beyond(role))
    told = f"Signed in on {acts.sign_in[0]}, with {counted(acts.recent, 'act')} in {known.days} days"
    if role is Role.USER:
        return f"{told}."
    if needed:
        return f"{told}, {needed:,} of which needed the role {role.value}."
    return f"{told}; whether the role {role.value} is needed cannot be said before {known.days} days are on record."
