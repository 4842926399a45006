"""Telling: to each receiver one message with everything that is due, each step on record before or after it happens."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from audit_core.alerts.content import Content, content_of, key_of
from audit_core.alerts.due import due
from audit_core.alerts.kinds import KINDS
from audit_core.alerts.messages import Message, Track, arrived
from audit_core.alerts.notice import Notice
from audit_core.alerts.quiet import quiet_until
from audit_core.alerts.record import seal_begin, seal_end, seal_unreached
from audit_core.alerts.targets import Target
from audit_core.alerts.ways import Way, Ways
from audit_core.delivery.answers import Answer, Unreachable, Verdict
from audit_core.errors import ConfigError
from audit_core.rules.base import counted
from audit_core.store.alerts import AlertFacts
from audit_core.workspace import Workspace

_STOPPED = Answer(Verdict.LATER, "The run was stopped before the whole message was handed over.")


@dataclass(slots=True)
class Told:
    """What was told. `sent`: messages that were taken; `again`: of them such as may have come before.

    `waiting`: receivers for whom something is left; `troubles`: why, in sentences.
    """

    sent: list[str] = field(default_factory=list)
    again: int = 0
    waiting: int = 0
    troubles: list[str] = field(default_factory=list)


class Teller:
    """One round of telling."""

    def __init__(
        self, workspace: Workspace, notices: Mapping[int, Notice], run_id: str, now: Callable[[], datetime]
    ) -> None:
        self._workspace, self._store, self._settings = workspace, workspace.store, workspace.settings
        self._notices, self._run_id, self._now = notices, run_id, now
        self._ways = Ways(workspace)
        self._post_is_down = False
        self.told = Told()

    def tell(self, target: Target, track: Track) -> None:
        """Tell one receiver what is due. What may have arrived before goes first, as it was."""
        waiting, now = track.waiting, self._now()
        wanted = due(self._notices.values(), target, track, self._settings, now)
        if (waiting is None or self._is_quiet(waiting)) and not (wanted.items or wanted.held):
            return
        if track.rests(now):
            self.told.waiting += 1
            return
        if self._workspace.rehearsal:
            self.told.sent.append(f"{counted(len(wanted.items), 'notice')} to {target.words}")
            return
        if waiting is not None:
            content = Content.from_json(AlertFacts(self._store.database).content(waiting.event))
            if not self._send(target, waiting, content, again=True):
                return
            arrived(track, waiting, now)
            wanted = due(self._notices.values(), target, track, self._settings, now)
        if wanted.items or wanted.held:
            key = key_of(target, wanted.items, wanted.held, now)
            advice = {name: kind.advice for name, kind in KINDS.items()}
            content = content_of(wanted, self._notices, advice, self._settings, now)
            self._send(target, Message(key, 0, wanted.items, wanted.held), content, again=False)

    def leave(self) -> None:
        """End what is open."""
        self._ways.leave()

    def _is_quiet(self, message: Message) -> bool:
        """Whether what may have arrived waits for the end of quiet hours, unless something CRITICAL comes after it."""
        grave = any(item.severity == "CRITICAL" for item in message.items)
        return (
            not grave and quiet_until(self._settings.alerts.quiet_hours, self._settings.zone, self._now()) is not None
        )

    def _send(self, target: Target, message: Message, content: Content, *, again: bool) -> bool:
        """One try; whether it was taken."""
        words = f"{_what(message)} to {target.words}"
        try:
            way = self._way(target)
        except ConfigError as error:
            return self._not_told(words, str(error))
        except Unreachable as error:
            seal_unreached(self._store, self._run_id, self._now(), target.name, target.words, str(error))
            return self._not_told(words, str(error))
        answer = self._try(way, target, message, content, words, again=again)
        if answer.verdict is not Verdict.ACCEPTED:
            return self._not_told(words, answer.said)
        self.told.sent.append(words)
        self.told.again += again
        return True

    def _way(self, target: Target) -> Way:
        """The way to a receiver, open. A mail server that failed is not asked again in this round."""
        way = self._ways.to(target)
        if target.mail and self._post_is_down:
            raise Unreachable("The mail server failed a moment ago, for another receiver.")
        try:
            way.open()
        except Unreachable:
            self._post_is_down = self._post_is_down or target.mail
            raise
        return way

    def _try(self, way: Way, target: Target, message: Message, content: Content, words: str, *, again: bool) -> Answer:
        said = {
            "target": target.name, "key": message.key, "items": [each.to_json() for each in message.items],
            "held": message.held,
        }  # fmt: skip
        begun = f"Telling {words}{', again' if again else ''}."
        seal_begin(self._store, self._run_id, self._now(), begun, said, None if again else content.to_json())
        try:
            answer = way.send(message.key, content, self._now(), again=again)
        except BaseException:  # asked to end, or over its time
            if way.stopped_early:
                seal_end(self._store, self._run_id, self._now(), words, _ended(said), _STOPPED)
            raise
        seal_end(self._store, self._run_id, self._now(), words, _ended(said), answer)
        self._post_is_down = self._post_is_down or (target.mail and answer.stops)
        return answer

    def _not_told(self, words: str, why: str) -> bool:
        self.told.waiting += 1
        self.told.troubles.append(f"{words}: {why}")
        return False


def _what(message: Message) -> str:
    if message.held:
        return f"That {counted(message.held, 'notice')} are held back"
    numbers = ", ".join(str(each.number) for each in message.items[:5])
    more = f" and {len(message.items) - 5:,} more" if len(message.items) > 5 else ""
    return f"Notice {numbers}{more}" if len(message.items) == 1 else f"Notices {numbers}{more}"


def _ended(said: Mapping[str, Any]) -> dict[str, Any]:
    return {"target": said["target"], "key": said["key"]}
