"""All notebooks of an installation: who may read and write which, and their versions as sealed decisions.

Nothing is overwritten: what somebody does makes a new version, and undoing it says an earlier one again. Whoever saves
says which version they saw, so that two people cannot write over each other without knowing.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from audit_core.actors import Actor
from audit_core.errors import AuditError, ConfigError, NotAllowed
from audit_core.notebooks.cells import Cell, PinnedCell
from audit_core.notebooks.notebook import Notebook
from audit_core.permissions import Permission, allowed, require
from audit_core.store.decisions import Decision, NewDecision, decide
from audit_core.store.queries import Queries
from audit_core.store.store import Store

KIND: Final = "notebook"
Edit = Callable[[Notebook], Notebook]
"""From the version that was seen to the one that is wanted."""


class Notebooks:
    """The notebooks of one store, for one actor. Raises NotAllowed for whoever may not read them."""

    def __init__(self, store: Store, actor: Actor) -> None:
        require(actor, Permission.READ_NOTEBOOKS)
        self._store, self._actor = store, actor

    def all(self, words: str = "") -> list[Notebook]:
        """The newest version of every notebook that the actor may read, the last saved first.

        `words`: those that have them in their title, their texts or their author's e-mail.
        """
        newest = map(_notebook, self._store.decisions.newest_of_all(KIND))
        return [each for each in newest if self._may_read(each) and each.holds(words)][::-1]

    def find(self, number: int, version: int | None = None) -> Notebook:
        """A version of a notebook, the newest where none is named. Raises ConfigError where there is none to read."""
        newest = self._newest(number)
        if version is None or version == newest.version:
            return newest
        found = [each for each in self.versions(number) if each.version == version]
        if not found:
            raise ConfigError(
                f"Notebook {number} has no version {version} that you may read: the newest is {newest.version}."
            )
        return found[0]

    def versions(self, number: int) -> list[Notebook]:
        """The versions, the newest first: all of them for who may write it or owns it, else those that were shared
        themselves. Raises as `find`.
        """
        writes = self.may_edit(self._newest(number))
        found = map(_notebook, self._store.decisions.all(KIND, _subject(number)))
        return [each for each in found if writes or self._may_read(each)][::-1]

    def may_edit(self, notebook: Notebook) -> bool:
        """Whether the actor may write what they may read."""
        return allowed(self._actor, Permission.EDIT_NOTEBOOKS) and self._may_read(notebook)

    def create(self, title: str, cells: Sequence[Cell], now: datetime) -> Notebook:
        """A new notebook, read by nobody else yet. Raises NotAllowed and ConfigError."""
        require(self._actor, Permission.EDIT_NOTEBOOKS)
        with self._store.decisions.deciding():
            number = 1 + self._store.decisions.last_number(KIND)
            new = Notebook(number, 1, _one_line(title), self._actor.email, tuple(cells), change="made")
            return self._saved(new, now)

    def save(self, number: int, seen: int, edit: Edit, change: str, now: datetime) -> Notebook:
        """The next version: what `edit` makes of version `seen`. `change`: in a few words what it did.

        Raises NotAllowed, ConfigError for what cannot be kept, AuditError when another version was saved first.
        """
        with self._store.decisions.deciding():
            return self._next(edit(self._for_writing(number, seen)), change, now)

    def freeze(self, number: int, seen: int, now: datetime) -> Notebook:
        """The next version: the same cells, asking the ledger as it is now for ever. Raises as `save`."""
        with self._store.decisions.deciding():
            before, size = self._for_writing(number, seen), self._store.events()
            return self._next(replace(before, frozen_at=size), f"frozen at {size:,} events", now)

    def undo(self, number: int, seen: int, now: datetime) -> Notebook:
        """Say the version again that stood before `seen`. Raises as `save`, ConfigError where there is none."""
        newest = self.find(number)
        if (before := newest.before()) is None:
            raise ConfigError("This is the first version: there is nothing to undo.")
        return self.restore(number, seen, before, now)

    def restore(self, number: int, seen: int, version: int, now: datetime) -> Notebook:
        """Say an earlier version again, also whether it is shared. Raises as `save`."""
        with self._store.decisions.deciding():
            self._for_writing(number, seen)
            earlier = self.find(number, version)
            again = replace(earlier, version=seen + 1, change=f"version {version} again", restored=version)
            return self._saved(again, now)

    def _newest(self, number: int) -> Notebook:
        found = self._store.decisions.newest(KIND, _subject(number))
        newest = _notebook(found) if found else None
        if newest is None or not self._may_read(newest):
            # the same words for both: whether somebody keeps one to themselves is nobody else's business
            raise ConfigError(f"There is no notebook {number} that you may read: ask its owner to share it.")
        return newest

    def _for_writing(self, number: int, seen: int) -> Notebook:
        """The newest version, which is the one that the actor saw."""
        newest = self._newest(number)
        if not self.may_edit(newest):
            raise NotAllowed(f"{self._actor.email} may read notebook {number} and not change it.")
        if newest.version != seen:
            raise AuditError(
                f"Version {newest.version} was saved first by {newest.saved_by} at {newest.saved_at:%Y-%m-%d %H:%M} "
                f"UTC ({newest.change}): look at it, then do yours again. Nothing of either is lost."
            )
        return newest

    def _may_read(self, notebook: Notebook) -> bool:
        # an Admin reads all: whoever left here leaves theirs behind
        return notebook.shared or notebook.owner == self._actor.email or allowed(self._actor, Permission.MANAGE_PEOPLE)

    def _next(self, made: Notebook, change: str, now: datetime) -> Notebook:
        """Record what was made of the newest version as the one after it."""
        title = _one_line(made.title)
        return self._saved(replace(made, version=made.version + 1, title=title, change=change, restored=None), now)

    def _saved(self, notebook: Notebook, now: datetime) -> Notebook:
        """Record a version in the caller's transaction."""
        notebook.check()
        for cell in notebook.cells:
            if isinstance(cell, PinnedCell):
                self._check_pinned(cell.event_id, notebook.frozen_at)
        told = f"Notebook {notebook.number} v{notebook.version} ({notebook.title}): {notebook.change}."
        decision = NewDecision(KIND, _subject(notebook.number), notebook.to_json(), told)
        connection = self._store.database.connection()
        return _notebook(decide(connection, [decision], self._actor, now)[0])

    def _check_pinned(self, event_id: int, frozen_at: int | None) -> None:
        event = Queries(self._store.database).event(event_id)
        if event is None or event["kind"] == "action":
            raise ConfigError(f"There is no change or finding {event_id}: copy its number from Changes.")
        if frozen_at is not None and event_id > frozen_at:
            raise ConfigError(
                f"Event {event_id} was recorded after the {frozen_at:,} events that this notebook is frozen at: "
                "unfreeze it first."
            )


def _subject(number: int) -> str:
    return f"{KIND}:{number}"


def _number(decision: Decision) -> int:
    return int(decision.subject.removeprefix(f"{KIND}:"))


def _notebook(decision: Decision) -> Notebook:
    return Notebook.from_json(_number(decision), decision.content, decision.decided_by, decision.decided_at)


def _one_line(title: str) -> str:
    return " ".join(title.split())
