"""Price lists that were uploaded, kept whole in `<data_dir>/price_lists/`, and the one list they make with `rates`."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from audit_core import written
from audit_core.rules.price_list import PriceList, load_price_list
from audit_core.store.kept_files import PRICE_LIST, PRICE_LISTS
from audit_core.store.store import Store

UPLOADED: Final = "uploaded"
APPROVED: Final = "approved"


@dataclass(frozen=True, slots=True)
class Upload:
    """A list that was uploaded; its prices hold for work from the day `effective` on, once `approved_by` is set.

    `number`: of the decision. `sha256`: of the file. `name`: what the file was called. `compared`: see
    compare.Comparison, as it was when the list was uploaded.
    """

    number: int
    sha256: str
    name: str
    effective: date
    reason: str
    compared: Mapping[str, Any]
    uploaded_by: str
    uploaded_at: datetime
    approved_by: str | None = None


def uploads(store: Store) -> list[Upload]:
    """Every list that was uploaded: those that wait, oldest first, after those that were approved, in that order."""
    waiting: dict[int, Upload] = {}
    approved: list[Upload] = []
    for each in store.decisions.all(PRICE_LIST):
        said = each.content
        if said["act"] == UPLOADED:
            waiting[each.decision_id] = _upload(each.decision_id, said, each.decided_by, each.decided_at)
        elif upload := waiting.pop(said["number"], None):  # of two who approved at once the first one counts
            approved.append(replace(upload, approved_by=each.decided_by))
    return [*approved, *waiting.values()]


def in_force(store: Store, first: PriceList | None) -> PriceList | None:
    """What prices a line of each day: `first`, and after it every approved list from its day on, in their order.

    A list that was approved later has the last word on all days from its own on. None where there is none at all.
    Raises VerificationFailed when the file of one is gone or altered.
    """
    made = first
    for each in uploads(store):
        if each.approved_by is not None:
            made = followed(made, load(store, each), each.effective)
    return made


def followed(before: PriceList | None, later: PriceList, day: date) -> PriceList:
    """`before` (None: nothing) up to the eve of `day`, `later` from that day on."""
    return (before or PriceList(later.rates.clear())).followed_by(later, day)


def load(store: Store, upload: Upload) -> PriceList:
    """The list as it was uploaded. Raises VerificationFailed when its file is gone or altered."""
    PRICE_LISTS.check(store.data_dir, upload.sha256)
    return load_price_list(store.data_dir / PRICE_LISTS.name(upload.sha256), f"price list {upload.number}")


def uploaded_content(
    sha256: str, name: str, effective: date, reason: str, compared: Mapping[str, Any]
) -> dict[str, Any]:
    """The content of the decision that a list is uploaded."""
    return {
        "act": UPLOADED,
        "sha256": sha256,
        "name": name,
        "effective": effective.isoformat(),
        "reason": reason,
        "compared": dict(compared),
    }


def approved_content(upload: Upload, reason: str, compared: Mapping[str, Any]) -> dict[str, Any]:
    """The content of the decision that a list counts."""
    return {
        "act": APPROVED,
        "number": upload.number,
        "sha256": upload.sha256,
        "reason": reason,
        "compared": dict(compared),
    }


def _upload(number: int, said: Mapping[str, Any], by: str, at: datetime) -> Upload:
    effective = written.day(said["effective"])
    return Upload(number, said["sha256"], said["name"], effective, said["reason"], said["compared"], by, at)
