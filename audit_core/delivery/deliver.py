"""One run of delivery: what is due goes out, each step on record, and whatever did not go is said."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from audit_core.actors import JOBS
from audit_core.delivery.answers import Answer, Unreachable, Verdict
from audit_core.delivery.deliveries import Delivery, State, Way, deliveries
from audit_core.delivery.hook import Hook
from audit_core.delivery.letter import Letter, key_of, letter, mail, posted
from audit_core.delivery.post import PASSWORD, Post
from audit_core.delivery.record import Try, begin, end
from audit_core.delivery.resumed import require_known
from audit_core.delivery.wanted import documents_of, wanted
from audit_core.documents.document import Document
from audit_core.errors import AuditError, ConfigError
from audit_core.permissions import Permission, require
from audit_core.settings.delivery import Subscription
from audit_core.settings.environment import secret
from audit_core.settings.operating import Switch
from audit_core.store.closed import require_open
from audit_core.switches import require_on
from audit_core.workspace import Workspace

_MAIL: Final = ""
"""What the mail server is called among the servers; webhooks are called by their address."""

_STOPPED: Final = Answer(Verdict.LATER, "The run was stopped before the whole message was handed over.")


@dataclass(frozen=True, slots=True)
class Delivered:
    """What a run did. `sent`: what went where, in a rehearsal what would go. `waiting`: left for a later run.

    `unknown`, `failed`: deliveries that a person decides about. `troubles`: sentences, of this run alone.
    """

    sent: tuple[str, ...]
    waiting: int
    unknown: int
    failed: int
    troubles: tuple[str, ...]


def deliver(workspace: Workspace, run_id: str, now: Callable[[], datetime]) -> Delivered:
    """Send what is due; what a server refuses is told in the result.

    Raises, before anything is sent, ConfigError, and AuditError while a restore holds it up.

    The caller holds the job's lock: two runs at once would begin the same delivery twice.
    """
    require(JOBS, Permission.SEND_REPORTS)
    store = workspace.store
    require_open(store.database)
    require_on(workspace, Switch.DELIVERY)
    known = deliveries(store)
    due = _due(workspace, known, now())
    if due:
        require_known(workspace)
    going = _Round(workspace, run_id, now, due)
    if workspace.rehearsal:
        going.rehearse(due)
    else:
        going.send(due)
        known = deliveries(store)
    states = [each.state for each in known.values()]
    left = [known[way].state if way in known else State.WAITS for way in wanted(workspace)]
    waiting = left.count(State.WAITS) - (len(going.sent) if workspace.rehearsal else 0)
    return Delivered(
        tuple(going.sent), waiting, states.count(State.UNKNOWN), states.count(State.FAILED), tuple(going.troubles)
    )


@dataclass(frozen=True, slots=True)
class _Due:
    """One document that is to go to one address now. `before`: what was begun of it; None where nothing was."""

    way: Way
    subscription: Subscription
    document: Document
    before: Delivery | None

    def next_try(self) -> Try:
        """What the record is told of it."""
        round_, tries = (self.before.round, self.before.tries) if self.before else (0, 0)
        key = key_of(self.way, self.document, round_)
        hook = self.subscription.webhook is not None
        return Try(way=self.way, document=self.document, hook=hook, key=key, round=round_, number=tries + 1)


def _due(workspace: Workspace, known: Mapping[Way, Delivery], now: datetime) -> list[_Due]:
    due = {
        way: subscription
        for way, subscription in wanted(workspace).items()
        if (before := known.get(way)) is None or before.due(now)
    }
    documents = documents_of(workspace, due)
    return [_Due(way, each, documents[way.document], known.get(way)) for way, each in due.items()]


class _Round:
    """What goes out in one run, and the servers that are left alone for the rest of it."""

    def __init__(self, workspace: Workspace, run_id: str, now: Callable[[], datetime], due: Sequence[_Due]) -> None:
        self._workspace, self._run_id, self._now = workspace, run_id, now
        self._left_alone: set[str] = set()
        self.sent: list[str] = []
        self.troubles: list[str] = []
        smtp = workspace.settings.delivery.smtp
        by_mail = any(each.subscription.webhook is None for each in due)
        self._post = Post(smtp, secret(workspace.config, PASSWORD)) if smtp and by_mail else None

    def rehearse(self, due: Sequence[_Due]) -> None:
        """Find out what would go, without a word to anybody."""
        for each in due:
            if self._readied(each) is not None:
                self.sent.append(each.next_try().words)

    def send(self, due: Sequence[_Due]) -> None:
        """Send one after the other."""
        try:
            for each in due:
                server = each.way.to if each.subscription.webhook else _MAIL
                if server in self._left_alone or (of := self._readied(each)) is None:
                    continue
                try:
                    answer = self._sent(each, of)
                except Unreachable as trouble:
                    self.troubles.append(str(trouble))
                    self._left_alone.add(server)
                    continue
                if answer.verdict is Verdict.ACCEPTED:
                    self.sent.append(each.next_try().words)
                else:
                    self.troubles.append(f"{each.next_try().words}: {answer.said}")
                if answer.stops:
                    self._left_alone.add(server)
        finally:
            if self._post is not None:
                self._post.leave()

    def _readied(self, each: _Due) -> Letter | None:
        """The letter; None, and the reason among the troubles, where its files are gone or were altered."""
        try:
            return letter(self._workspace, each.document, each.next_try().key)
        except AuditError as error:
            sentence = f"{each.next_try().words}: {error}"
            self.troubles.append(sentence)
            return None

    def _sent(self, each: _Due, of: Letter) -> Answer:
        """One try, begun on record before anything leaves. Raises Unreachable before that."""
        store, one = self._workspace.store, each.next_try()
        if each.subscription.webhook is not None:
            hook = Hook(each.way.to, secret(self._workspace.config, each.subscription.token_name))
            content = posted(of, each.way)
            begin(store, JOBS, one, self._run_id, of, self._now())
            answer = hook.send(one.key, content)
        else:
            post = self._post
            if post is None:
                raise ConfigError(
                    "delivery.smtp: found null, expected a mail server: somebody gets documents by e-mail."
                )
            message = mail(of, self._workspace.settings, each.way.to, self._now())
            post.open()
            begin(store, JOBS, one, self._run_id, of, self._now())
            try:
                answer = post.send(each.way.to, message)
            except BaseException:  # asked to end, or over its time
                if not post.handed_over:
                    end(store, JOBS, one, self._run_id, _STOPPED, self._now())
                raise
        end(store, JOBS, one, self._run_id, answer, self._now())
        return answer
