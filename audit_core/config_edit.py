"""Editing config.json from the app: a few keys, read by the very reader that every program uses, written whole.

All else in the file stays as it is, in its order. What was changed, from what to what and by whom is an event.
"""

import hashlib
import json
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from audit_core.actors import Actor
from audit_core.confirmation import require_fresh
from audit_core.due import plans
from audit_core.errors import AuditError, ConfigError
from audit_core.permissions import Permission, require, require_person
from audit_core.settings import Settings
from audit_core.settings.file import read_settings, settings_text
from audit_core.store.actions import Action
from audit_core.store.closed import require_open
from audit_core.store.files import write_whole
from audit_core.workspace import Workspace

EDITED: Final = "config_edited"
"""The action that seals that somebody changed config.json from the app."""

EDITABLE: Final = (
    "jobs.sync_every_minutes",
    "jobs.sync_off_hours_minutes",
    "jobs.working_hours.start",
    "jobs.working_hours.end",
    "jobs.working_hours.days",
    "backup.schedule",
    "jobs.verify_at",
    "jobs.forecast_at",
    "jobs.retrain_weekday",
    "jobs.retrain_at",
    "jobs.weekly_weekday",
    "jobs.weekly_at",
    "delivery.report_weekday",
    "delivery.report_at",
    "jobs.review_day",
    "jobs.review_at",
    "jobs.drill_day",
    "jobs.drill_at",
    "jobs.off",
    "switches.off",
)
"""The keys that can be changed from the app; all others are changed in the file."""


@dataclass(frozen=True, slots=True)
class Edit:
    """What the file would say. `moved`: by key, what is in force now and what would be, as JSON values.

    `sha256`: of the file that this was made from, so that what somebody else wrote meanwhile is not overwritten.
    """

    text: str
    settings: Settings
    moved: Mapping[str, tuple[Any, Any]]
    sha256: str

    def words(self) -> str:
        """What moves, for a person."""
        return "; ".join(f"{key}: {_said(old)} → {_said(new)}" for key, (old, new) in self.moved.items())


def prepare(workspace: Workspace, actor: Actor, wanted: Mapping[str, Any]) -> Edit:
    """The edit that gives these keys these values; those that have them already are left alone.

    Raises NotAllowed, and ConfigError with the reader's own sentence where a value is wrong.
    """
    require(actor, Permission.MANAGE_JOBS)
    if unknown := set(wanted) - set(EDITABLE):
        raise ConfigError(f"{min(unknown)} is not changed from the app: change it in {workspace.config.name}.")
    path = workspace.config.resolve()
    content = _content(path)
    text = settings_text(path, content)
    before = read_settings(path, Settings, text)
    moved = {key: (now, wanted[key]) for key in wanted if (now := value_of(before, key)) != wanted[key]}
    data = json.loads(text)
    for key, (_, new) in moved.items():
        *groups, last = key.split(".")
        group = data
        for name in groups:
            group = group.setdefault(name, {})
        group[last] = new
    after = json.dumps(data, indent=2, ensure_ascii=False) + "\n" if moved else text
    return Edit(after, read_settings(path, Settings, after), moved, _sha256(content))


def save(workspace: Workspace, actor: Actor, edit: Edit, now: datetime) -> str:
    """Write it and seal it; the sentence that says what was changed. Both happen, or neither.

    Raises NotAllowed, ConfirmationNeeded, ConfigError where nothing would move or the ledger is closed, AuditError
    where the file changed meanwhile or cannot be written.
    """
    require_person(actor, Permission.MANAGE_JOBS)
    require_fresh(actor, now)
    require_open(workspace.store.database)
    if not edit.moved:
        raise ConfigError("Nothing is different from what is in force: nothing was written.")
    path = workspace.config.resolve()
    told = f"config.json changed: {edit.words()}."
    proof = {"moved": {key: list(both) for key, both in edit.moved.items()}, "before_sha256": edit.sha256}
    action = Action(EDITED, told, actor, fields={"evidence": json.dumps(proof, sort_keys=True)})
    old: bytes | None = None
    try:
        with workspace.store.database.write() as connection:
            content = _content(path)
            if _sha256(content) != edit.sha256:
                raise AuditError(f"{path.name} was changed meanwhile: look at what it says now, and change it again.")
            workspace.store.seal(connection, action, now)
            old = content
            _write(path, edit.text.encode())
    except BaseException:
        if old is not None and _content(path) == edit.text.encode():  # written, and could not be sealed after that
            _write(path, old)
        raise
    return told


def next_times(settings: Settings, now: datetime, count: int) -> dict[str, list[datetime]]:
    """The next slots of every job that would run by itself under these settings, UTC."""
    return {name: plan.next(now, count) for name, plan in plans(settings).items()}


def value_of(settings: Settings, key: str) -> Any:
    """What is in force under a dotted key, as a JSON value."""
    value: Any = settings.model_dump(mode="json", include={key.split(".", maxsplit=1)[0]})
    for name in key.split("."):
        value = value[name]
    return value


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise AuditError(f"{path} cannot be read ({error.strerror}).") from error


def _write(path: Path, content: bytes) -> None:
    try:
        write_whole(path, content, stat.S_IMODE(path.stat().st_mode))
    except OSError as error:
        raise AuditError(
            f"{path} cannot be written by the app ({error.strerror}): change it by hand, or let this user write it."
        ) from error


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _said(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
