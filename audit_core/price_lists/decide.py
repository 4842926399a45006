"""Two people decide that a price list counts: one uploads it, another approves it after it was compared."""

import hashlib
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

from audit_core.actors import Actor
from audit_core.confirmation import require_fresh
from audit_core.errors import AuditError, ConfigError, NotAllowed
from audit_core.permissions import Permission, require_person
from audit_core.price_lists.compare import Comparison, compare, past_lines
from audit_core.price_lists.kept import Upload, approved_content, load, uploaded_content, uploads
from audit_core.rules.price_list import PriceList, load_price_list
from audit_core.store.decisions import NewDecision, decide
from audit_core.store.files import write_whole
from audit_core.store.kept_files import PRICE_LIST, PRICE_LISTS
from audit_core.workspace import Workspace

_LONGEST_NAME = 200
"""Bytes of a file's name: file systems take 255."""


@contextmanager
def as_file(name: str, content: bytes) -> Iterator[Path]:
    """A list that somebody sent as bytes, as a file of that name for `compared` and `upload`; it is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="redline-prices-") as folder:
        last = re.split(r"[/\\]", name)[-1]
        short = re.sub(r"[^\w .()-]", "_", last).encode()[-_LONGEST_NAME:].decode(errors="ignore")
        path = Path(folder) / (short.strip(" .") or "prices.csv")
        path.write_bytes(content)
        try:
            yield path
        except ConfigError as error:
            raise ConfigError(str(error).replace(str(path), f"'{path.name}'")) from error


def compared(workspace: Workspace, path: Path, effective: date) -> Comparison:
    """What the list in a file would change; nothing is recorded. Raises ConfigError for a list that cannot be."""
    return compare(workspace.prices(), _readable(path), effective, past_lines(workspace))


def upload(
    workspace: Workspace, actor: Actor, path: Path, effective: date, reason: str, now: datetime
) -> tuple[Upload, Comparison]:
    """Keep the list in a file, to be approved by somebody else; it counts for nothing yet.

    Raises NotAllowed for who may not, or did not sign in, and ConfigError for a list that cannot be or that is here.
    """
    require_person(actor, Permission.MANAGE_RULES)
    _require_reason(reason)
    found = compared(workspace, path, effective)
    content = path.read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    # the file before the decision: a file that no decision names is harmless
    write_whole(workspace.store.data_dir / PRICE_LISTS.name(sha256), content)
    said = uploaded_content(sha256, path.name, effective, reason, found.counts())
    told = f"Price list {path.name} uploaded, from {effective} on: {reason.rstrip('.')}. {found.words()}"
    with workspace.store.decisions.deciding() as connection:
        _refuse_known(workspace, sha256, effective)
        (made,) = decide(connection, [NewDecision(PRICE_LIST, PRICE_LIST, said, told)], actor, now)
    return next(each for each in uploads(workspace.store) if each.number == made.decision_id), found


def approve(workspace: Workspace, actor: Actor, number: int, reason: str, now: datetime) -> tuple[Upload, Comparison]:
    """Let an uploaded list count from its day on; it is compared again with what is in force now.

    Raises NotAllowed for who may not, did not sign in or confirm it lately, or uploaded it, ConfigError for a list that
    does not wait, VerificationFailed when its file is gone or altered, and AuditError where another list was approved
    meanwhile.
    """
    require_person(actor, Permission.MANAGE_RULES)
    require_fresh(actor, now)
    _require_reason(reason)
    waiting = _waiting(workspace, number)
    if waiting.uploaded_by == actor.email:
        raise NotAllowed(f"{actor.email} uploaded price list {number}: a second person approves it.")
    before, found = _approved(workspace), _compared(workspace, waiting)
    said = approved_content(waiting, reason, found.counts())
    told = (
        f"Price list {number} ({waiting.name}) approved, from {waiting.effective} on: {reason.rstrip('.')}. "
        f"{found.words()}"
    )
    with workspace.store.decisions.deciding() as connection:
        _waiting(workspace, number)
        if _approved(workspace) != before:
            raise AuditError("Another price list was approved meanwhile: compare again, then approve.")
        decide(connection, [NewDecision(PRICE_LIST, PRICE_LIST, said, told)], actor, now)
    return next(each for each in uploads(workspace.store) if each.number == number), found


def compared_now(workspace: Workspace, number: int) -> Comparison:
    """What a list that waits would change beside what is in force now.

    Raises ConfigError for a list that does not wait, and VerificationFailed when its file is gone or altered.
    """
    return _compared(workspace, _waiting(workspace, number))


def _compared(workspace: Workspace, waiting: Upload) -> Comparison:
    return compare(workspace.prices(), load(workspace.store, waiting), waiting.effective, past_lines(workspace))


def _approved(workspace: Workspace) -> list[Upload]:
    return [each for each in uploads(workspace.store) if each.approved_by is not None]


def _refuse_known(workspace: Workspace, sha256: str, effective: date) -> None:
    """Raise ConfigError for a list that waits or is the last one approved; an earlier one may take back a later one."""
    waiting = [each for each in uploads(workspace.store) if each.approved_by is None]
    for each in (*_approved(workspace)[-1:], *waiting):
        if (each.sha256, each.effective) == (sha256, effective):
            raise ConfigError(
                f"This very list was uploaded before, from the same day on: it is price list {each.number}."
            )


def _waiting(workspace: Workspace, number: int) -> Upload:
    found = next((each for each in uploads(workspace.store) if each.number == number), None)
    if found is None:
        raise ConfigError(f"There is no price list {number}: see 'python -m jobs prices list'.")
    if found.approved_by is not None:
        raise ConfigError(f"Price list {number} was approved before, by {found.approved_by}.")
    return found


def _readable(path: Path) -> PriceList:
    made = load_price_list(path, "prices")
    if made.rates.is_empty():
        raise ConfigError(f"prices: {path} has no rate in it.")
    return made


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise ConfigError("A price list needs a reason, in a few words.")
