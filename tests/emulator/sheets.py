"""What happens to a sheet as a whole: names, access, deletion, and changes that show in no cell."""

from typing import Any

from tests.emulator.cells import CellEdits, RowRef, SheetRef, UserRef
from tests.emulator.estate import Estate
from tests.emulator.locking import locked
from tests.emulator.state import AUTOMATION, Attachment, Comment, Group, Share, Sheet, User
from tests.emulator.truth import same


class SheetEdits(CellEdits, Estate):
    """Mutations of sheets and of who may see them."""

    @locked
    def format_only(self, sheet: SheetRef, row: RowRef, by: UserRef, text: str = ",,1,,,,,,,,,,,,,,") -> None:
        """A row's cells get another format; version and row move, no value does."""
        sheet, by = self.find_sheet(sheet), self.user(by)
        row = sheet.row(row)
        self._open(sheet)
        self._keep(sheet, row)
        for cell in row.cells.values():
            cell.format = text
        self._touch(row, by)
        self._fact("format", sheet, by, row)
        self._close(sheet, by)

    @locked
    def comment(self, sheet: SheetRef, row: RowRef | None, text: str, by: UserRef) -> Comment:
        """A comment at a row or the sheet."""
        sheet, by = self.find_sheet(sheet), self.user(by)
        line = None if row is None else sheet.row(row)
        kind, parent = ("SHEET", sheet.id) if line is None else ("ROW", line.id)
        self._open(sheet)
        made = Comment(self.ids.number(), self.ids.number(), text, kind, parent, self.now, by)
        sheet.comments.append(made)
        if line is not None:
            self._keep(sheet, line)
            self._touch(line, by)
        self._fact("comment", sheet, by, line, new=text)
        self._notify(sheet, by, "comment", "created", id=made.comment_id)
        self._close(sheet, by)
        return made

    @locked
    def attach(
        self,
        sheet: SheetRef,
        row: RowRef | None,
        name: str,
        by: UserRef,
        content: bytes = b"",
        mime_type: str = "application/octet-stream",
        url: str | None = None,
    ) -> Attachment:
        """A file, or a link when `url` is given, at a row or the sheet."""
        sheet, by = self.find_sheet(sheet), self.user(by)
        line = None if row is None else sheet.row(row)
        kind, parent = ("SHEET", sheet.id) if line is None else ("ROW", line.id)
        self._open(sheet)
        made = Attachment(self.ids.number(), name, kind, parent, self.now, by, content, mime_type)
        if url is not None:
            made.type, made.url = "LINK", url
        sheet.attachments.append(made)
        if line is not None:
            self._keep(sheet, line)
            self._touch(line, by)
        self._fact("attach", sheet, by, line, new=name)
        self._notify(sheet, by, "attachment", "created", id=made.id)
        self._close(sheet, by)
        return made

    @locked
    def rename_sheet(self, sheet: SheetRef, name: str, by: UserRef) -> None:
        """Another name; the version stays."""
        sheet, by = self.find_sheet(sheet), self.user(by)
        old, sheet.name = sheet.name, name
        self._fact("sheet_renamed", sheet, by, old=old, new=name)
        self._close(sheet, by, bump=0, action="RENAME", oldName=old)

    @locked
    def delete_sheet(self, sheet: SheetRef, by: UserRef) -> None:
        """The sheet goes; whoever asks for it is told that it is not found."""
        sheet, by = self.find_sheet(sheet), self.user(by)
        sheet.deleted = True
        if sheet.home is not None:
            sheet.home.sheets.remove(sheet)
        self._fact("sheet_deleted", sheet, by)
        self._close(sheet, by, bump=0, action="DELETE")
        self._scope_lost(sheet, {each.owner for each in self.webhooks.values()})

    @locked
    def restore(self, sheet: SheetRef, by: UserRef) -> None:
        """A deleted sheet comes back as it was, with its ids."""
        sheet, by = self.find_sheet(sheet), self.user(by)
        sheet.deleted = False
        if sheet.home is not None:
            sheet.home.sheets.append(sheet)
        self._fact("sheet_restored", sheet, by)
        self._close(sheet, by, bump=0, action="RESTORE")

    @locked
    def deny(self, sheet: SheetRef, email: str) -> None:
        """A user's reading is refused with 403 from now on, and the sheet leaves his list."""
        sheet = self.find_sheet(sheet)
        sheet.denied.add(email)
        self._fact("denied", sheet, self.owner, new=email)
        self._scope_lost(sheet, {self.user(email)})

    @locked
    def allow(self, sheet: SheetRef, email: str) -> None:
        """The opposite of `deny`."""
        sheet = self.find_sheet(sheet)
        sheet.denied.discard(email)
        self._fact("allowed", sheet, self.owner, new=email)

    @locked
    def share(self, sheet: SheetRef, who: UserRef | Group, level: str, by: UserRef = "owner@example.com") -> Share:
        """A user or a group gets access; `level` from VIEWER to ADMIN."""
        sheet, by = self.find_sheet(sheet), self.user(by)
        made = Share(self.ids.word(), level)
        if isinstance(who, Group):
            made.group = who
        else:
            made.user = self.user(who)
        sheet.shares.append(made)
        self._access("shared", sheet, by, made, None, level, "ADD_SHARE", accessLevel=level)
        return made

    @locked
    def unshare(self, sheet: SheetRef, who: UserRef | Group, by: UserRef = "owner@example.com") -> None:
        """A user's or a group's own share of the sheet goes."""
        sheet, by = self.find_sheet(sheet), self.user(by)
        gone = self._share(sheet, who)
        sheet.shares.remove(gone)
        self._access("unshared", sheet, by, gone, gone.level, None, "REMOVE_SHARE")
        lost = {each.owner for each in self.webhooks.values() if self.level_of(each.owner, sheet) is None}
        self._scope_lost(sheet, lost)

    @locked
    def change_access(
        self, sheet: SheetRef, who: UserRef | Group, level: str, by: UserRef = "owner@example.com"
    ) -> None:
        """A share gets another level."""
        sheet, by = self.find_sheet(sheet), self.user(by)
        share = self._share(sheet, who)
        old, share.level = share.level, level
        self._access("access", sheet, by, share, old, level, "ADD_SHARE", accessLevel=level)

    @locked
    def rollback_version(self, sheet: SheetRef, mutations: int = 1, by: UserRef = AUTOMATION) -> None:
        """The sheet is put back to what it was, as from a backup: content and version number go back."""
        sheet, by = self.find_sheet(sheet), self.user(by)
        was = sheet.before(mutations)
        now = sheet.by_id
        rows = [row.copy() for row in was.rows]
        for row in rows:
            for each in was.columns:
                old = now[row.id].value(each.id) if row.id in now else None
                new = row.value(each.id)
                if not same(old, new):
                    self._fact("rollback", sheet, by, row, column_id=each.id, old=old, new=new)
        sheet.columns, sheet.rows, sheet.by_id = was.columns, rows, {row.id: row for row in rows}
        sheet.layout = next(self.order)
        sheet.version, sheet.modified_at, sheet.name = was.version, was.modified_at, was.name
        sheet.past.clear()
        sheet.indexed = [(self.now, was.modified_at, was.version)]
        self._close(sheet, by, bump=0)

    def _share(self, sheet: Sheet, who: UserRef | Group) -> Share:
        wanted = who if isinstance(who, Group) else self.user(who)
        return next(each for each in sheet.shares if wanted in (each.group, each.user))

    def _access(
        self,
        kind: str,
        sheet: Sheet,
        by: User,
        share: Share,
        old: str | None,
        new: str | None,
        action: str,
        **more: Any,
    ) -> None:
        who: dict[str, Any] = {"userId": share.user.id} if share.user else {}
        if share.group:
            who = {"groupId": share.group.id}
        name = share.user.email if share.user else share.group.name if share.group else ""
        self._fact(kind, sheet, by, old=old, new=new, detail={"who": name})
        self._close(sheet, by, 0, action, **more, **who)

    def _scope_lost(self, sheet: Sheet, users: set[User]) -> None:
        for hook in self.webhooks.values():
            if hook.scope_object_id == sheet.id and hook.owner in users and hook.enabled:
                hook.disable("DISABLED_SCOPE_INACCESSIBLE")
