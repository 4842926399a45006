"""Everything on record about one person, in a folder for that person; itself an action in the trail."""

import io
import json
import tempfile
import zipfile
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import polars as pl
import polars.selectors as cs

from audit_core.access.visible import require_visible
from audit_core.actors import Actor
from audit_core.errors import AuditError, ConfigError
from audit_core.permissions import Permission, require
from audit_core.profiles.profile import Profile
from audit_core.profiles.visible import recent_profiles
from audit_core.records.folders import appearing, write_sums
from audit_core.store.actions import Action
from audit_core.store.database import StoreFailure
from audit_core.store.people import People
from audit_core.store.runs import new_run_id
from audit_core.workspace import Workspace

EXPORTED: Final = "person_exported"
"""The action that seals an export."""

_README: Final = """\
What is on record about {email}
{line}

Made on {day} from the record of {name}. The record is a list of events that is only ever added to; each carries a hash
of the one before it, so nothing in it can be altered or taken out without breaking all that follows.

events.csv          {events} events that name you, oldest first: changes of billing lines, and what was done with this
                    app by you or about your account.
                    `changed_by` is who made a change, and `who_evidence` is how that is known: `created` (you made the
                    row), `cell history` and `webhook` (you wrote this very cell), `row writer` (you wrote to the row
                    last, which is no proof about the cell), `one of ...` (you are among those who could have done it),
                    `session` (you were signed in here). `is_historical` is 1 for a change after the week had locked.
                    A severity or a rule is about the change, not about you. A text that begins like a formula of a
                    spreadsheet has a ' before it here.
profile.json        How you edited over the last {days} days, beside your own past and beside other editors: figures
                    from edits that are known to be yours, and none from fewer than {minimum} edits. "peers" is the
                    median and the range of the other editors together; none of them is named.
account.json        Your account here, how you could reach each sheet and when, and attempts to sign in with your
                    address. The password is not kept, only a hash of it, which is left out.
SHA256SUMS          What `sha256sum --check` reads.

{silence}
What is not in here: the sheets themselves, whose snapshots hold your address where Smartsheet's own columns do
(Modified By, Created By), and copies in backups. Who sees profiles, and for how long they look back, is said in
docs/people.md of the program.
"""


@dataclass(frozen=True, slots=True)
class PersonExport:
    """An export that was made."""

    path: Path
    events: int
    message: str


def export_person(workspace: Workspace, email: str, to: Path, actor: Actor, run_id: str, now: datetime) -> PersonExport:
    """Write all that names the person into the new folder `to`, and seal that it was done.

    Raises NotAllowed, and ConfigError when `to` is in use, or when nothing on record names the person.
    """
    require(actor, Permission.MANAGE_PEOPLE)
    people = People(workspace.store.database)
    events, account, shares = people.naming(email), people.account(email), people.shares(email)
    attempts = people.attempts(email)
    if events.is_empty() and account is None and shares.is_empty() and attempts.is_empty():
        raise ConfigError(f"Nothing on record names {email}: give the e-mail as the trail shows it.")
    mine = next((each for each in recent_profiles(workspace, now) if each.who == email.lower()), None)
    kept = {"account": account, "shares": shares.to_dicts(), "attempts": attempts.to_dicts()}
    try:
        with appearing(to.absolute()) as part:
            events.with_columns(_harmless()).write_csv(part.folder / "events.csv")
            _write(part.folder / "profile.json", asdict(mine) if mine else None)
            _write(part.folder / "account.json", kept)
            (part.folder / "README.txt").write_text(_readme(workspace, email, events, mine, now))
            fields = {"audit_run_id": run_id, "evidence": json.dumps({"list_sha256": write_sums(part.folder)})}
            text = f"Everything on record about {email} was exported: {events.height:,} events."
            part.appear(
                workspace.store.database,
                lambda connection: workspace.store.seal(connection, Action(EXPORTED, text, actor, fields=fields), now),
            )
    except (OSError, StoreFailure) as error:
        raise AuditError(f"Nothing was exported to {to} ({error}).") from error
    return PersonExport(part.to, events.height, f"{events.height:,} events that name {email} are in {part.to}.")


def hand_out_person(workspace: Workspace, actor: Actor, email: str, now: datetime) -> bytes:
    """The same as one .zip, for who may see profiles and manages people here. Raises as `export_person`."""
    require_visible(workspace, actor)
    with tempfile.TemporaryDirectory() as place:
        made = export_person(workspace, email, Path(place) / "person", actor, new_run_id("person", now), now)
        zipped = io.BytesIO()
        with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as target:
            for path in sorted(made.path.iterdir()):
                target.write(path, path.name)
    return zipped.getvalue()


def _harmless() -> pl.Expr:
    """Texts as a spreadsheet program shows them: what it would take for a formula is told to be text."""
    text = cs.string()
    formula = text.str.contains(r"^[=+@\t\r-]") & text.cast(pl.Float64, strict=False).is_null()
    return pl.when(formula).then(pl.lit("'") + text).otherwise(text).name.keep()


def _write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=1, default=str, ensure_ascii=False) + "\n")


def _readme(workspace: Workspace, email: str, events: pl.DataFrame, mine: Profile | None, now: datetime) -> str:
    people = workspace.settings.people
    heading = f"What is on record about {email}"
    silence = mine.words if mine else "No edit within that time is known to be yours, so profile.json is empty (null)."
    return _README.format(
        email=email,
        line="=" * len(heading),
        day=now.date(),
        name=workspace.settings.system.name,
        events=f"{events.height:,}",
        days=people.keep_days,
        minimum=people.min_edits,
        silence=f"Your profile: {silence}\n",
    )
