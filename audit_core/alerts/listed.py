"""Notices as people read them: what is open, what was told to whom, and how the watch and its channels stand."""

from dataclasses import dataclass
from datetime import datetime

from audit_core.actors import Actor
from audit_core.alerts.due import escalates_at
from audit_core.alerts.messages import Track, tracks
from audit_core.alerts.notice import Notice, rank
from audit_core.alerts.notices import notices
from audit_core.alerts.quiet import quiet_until
from audit_core.alerts.targets import Target, targets
from audit_core.alerts.ways import Ways
from audit_core.errors import ConfigError
from audit_core.permissions import Permission, require
from audit_core.store.runs import DONE, Run
from audit_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Line:
    """One notice. `told`: who knows of it, and since when. `escalates_at`: when it goes on if nobody acts."""

    notice: Notice
    told: tuple[tuple[str, datetime], ...]
    escalates_at: datetime | None


@dataclass(frozen=True, slots=True)
class Channel:
    """One receiver. `problem`: what it lacks, in a sentence."""

    target: Target
    track: Track
    problem: str | None


@dataclass(frozen=True, slots=True)
class Board:
    """All of it. `open`: the gravest first; `past`: the newest first. `last`: the newest round that did its work.

    `quiet_until`: None where it is not quiet now.
    """

    open: tuple[Line, ...]
    past: tuple[Line, ...]
    channels: tuple[Channel, ...]
    last: Run | None
    quiet_until: datetime | None


def board(workspace: Workspace, actor: Actor, now: datetime, limit: int = 200) -> Board:
    """What the page Alerts shows. `limit`: so many that are over, at most. Raises NotAllowed."""
    require(actor, Permission.READ_OPERATIONS)
    store, settings = workspace.store, workspace.settings
    with store.database.read():
        known, ways, last = notices(store), tracks(store), store.runs.newest("alert", *DONE)
    receivers = targets(workspace)
    words = {each.name: each.words for each in receivers}
    told: dict[int, list[tuple[str, datetime]]] = {}
    for name, track in ways.items():
        for number, (_, at) in track.told.items():
            told.setdefault(number, []).append((words.get(name, name), at))
    lines = [
        Line(each, tuple(sorted(told.get(each.number, ()), key=lambda one: one[1])), escalates_at(each, settings))
        for each in known.values()
    ]
    is_open = sorted(
        (line for line in lines if line.notice.is_open),
        key=lambda line: (line.notice.acknowledged is not None, -rank(line.notice.severity), line.notice.number),
    )
    past = [line for line in reversed(lines) if not line.notice.is_open][:limit]
    channels = tuple(Channel(each, ways.get(each.name, Track()), _problem(workspace, each)) for each in receivers)
    quiet = quiet_until(settings.alerts.quiet_hours, settings.zone, now)
    return Board(tuple(is_open), tuple(past), channels, last, quiet)


def _problem(workspace: Workspace, target: Target) -> str | None:
    try:
        Ways(workspace).to(target)
    except ConfigError as error:
        return str(error)
    return None
