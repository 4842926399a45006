"""One sheet, whole or not at all: older states, odd answers and answers too large for the server are read again."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from audit_core.errors import SnapshotRefused
from audit_core.sources.protocol import Memory
from audit_core.sources.smartsheet.body import QUERY, Page, SheetBody, parse_page, parse_sheet, sheet_of
from audit_core.sources.smartsheet.client import Answer, Client, NotWhole, Purpose, Refused
from audit_core.sources.smartsheet.verdicts import Trouble

PAGE_ROWS: Final = 5_000
"""Rows a page, where the server cannot give a whole sheet in one answer."""
_TOO_LARGE: Final = (Trouble.BUSY, Trouble.SLOW)
_ROUNDS: Final = 2
_SPARSE: Final = "smartsheet leaves blank cells out"


class SheetReader:
    """Reads sheets; what it gives is a state that the sheet really had."""

    def __init__(self, client: Client, memory: Memory) -> None:
        self._client, self._memory = client, memory

    def read(
        self, sheet_id: str, listed: int, before: int | None, purpose: Purpose
    ) -> tuple[SheetBody, datetime | None]:
        """(the sheet, the server's time). `listed`: its version in the list; `before`: the one read last.

        Raises Refused when Smartsheet gives no whole sheet, SnapshotRefused when what it gives cannot be believed.
        """
        body, at = self._once(sheet_id, purpose)
        if body.version < max(listed, before or 0):
            body, at = self._once(sheet_id, Purpose.SECOND_READ)
        if body.version < listed and (before is None or before <= listed):
            raise SnapshotRefused(
                f"Smartsheet gave an older state of it (version {body.version}) than it lists ({listed})."
            )
        if body.odd and not (body.left_out and self._memory.recall(_SPARSE)):
            body, at = self._confirmed(sheet_id, body)
        return body, at

    def _confirmed(self, sheet_id: str, first: SheetBody) -> tuple[SheetBody, datetime | None]:
        """A second answer, where the first was odd: one that is not, or one that says exactly the same."""
        second, at = self._once(sheet_id, Purpose.SECOND_READ)
        if second.odd:
            if not (second.frame.equals(first.frame) and second.columns == first.columns):
                raise SnapshotRefused(f"Smartsheet's answer {second.odd}.")
            if second.left_out:
                self._memory.remember(_SPARSE, value=True)  # so it answers here, and need not be asked twice again
        return second, at

    def _once(self, sheet_id: str, purpose: Purpose) -> tuple[SheetBody, datetime | None]:
        """The sheet in one answer, or page by page where that is too much for the server."""
        try:
            answer = self._client.get(f"/sheets/{sheet_id}", _whole(sheet_id), QUERY, purpose=purpose)
        except Refused as refusal:
            if refusal.trouble not in _TOO_LARGE:
                raise
            return self._paged(sheet_id, purpose, refusal)
        return answer.value, answer.at

    def _paged(self, sheet_id: str, purpose: Purpose, refusal: Refused) -> tuple[SheetBody, datetime | None]:
        """All pages of one version. Raises `refusal` when the server cannot give the first of them either."""
        for _ in range(_ROUNDS):
            pages = [self._page(sheet_id, 1, purpose, refusal)]
            count = -(-pages[0].value.total // PAGE_ROWS)
            pages += [self._page(sheet_id, number, purpose) for number in range(2, count + 1)]
            if len({page.value.version for page in pages}) == 1:
                try:
                    return sheet_of([page.value for page in pages]), pages[-1].at
                except NotWhole as error:
                    raise SnapshotRefused(f"Smartsheet's answer, page by page, {error}.") from None
        raise SnapshotRefused("The sheet was edited each time while its pages were read: the next sync tries again.")

    def _page(self, sheet_id: str, number: int, purpose: Purpose, refusal: Refused | None = None) -> Answer[Page]:
        query = {**QUERY, "page": str(number), "pageSize": str(PAGE_ROWS)}
        try:
            return self._client.get(f"/sheets/{sheet_id}", parse_page, query, purpose=purpose)
        except Refused:
            if refusal is None:
                raise
            raise refusal from None


def _whole(sheet_id: str) -> Callable[[bytes], SheetBody]:
    def decode(body: bytes) -> SheetBody:
        sheet = parse_sheet(body)
        if sheet.sheet_id != sheet_id:
            raise NotWhole(f"is another sheet ({sheet.sheet_id})")
        return sheet

    return decode
