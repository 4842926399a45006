"""Views that people keep: a page with its address, under a name, for themselves or for everybody here."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Final

from audit_core.actors import Actor
from audit_core.errors import ConfigError, NotAllowed
from audit_core.permissions import Permission, allowed, require
from audit_core.store.decisions import NewDecision, decide
from audit_core.store.store import Store

KIND: Final = "view"
LONGEST_NAME: Final = 60
_MOST_PARAMETERS, _MOST_VALUES, _LONGEST_VALUE = 40, 50, 200
_OF_THIS_LEDGER: Final = {"document", "event", "incident", "item", "notebook"}
_NUMBERED: Final = {"people": {"person"}}
"""Page → parameters that hold a number of this ledger there, and something else on other pages."""

_WORD: Final = re.compile("[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True, slots=True)
class View:
    """`parameters`: of the page's address. `owner`: an e-mail. `shared`: everybody sees it; `deleted`: nobody does."""

    page: str
    name: str
    parameters: Mapping[str, Sequence[str]]
    owner: str
    shared: bool
    deleted: bool = False

    def to_json(self) -> dict[str, Any]:
        """As the content of a decision."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "View":
        """From the content of a decision."""
        return cls(**content)

    def may_delete(self, actor: Actor) -> bool:
        """Whether it is the actor's own, or shared and the actor keeps order here."""
        return self.owner == actor.email or (self.shared and allowed(actor, Permission.MANAGE_PEOPLE))


def views(store: Store, actor: Actor, page: str | None = None) -> dict[int, View]:
    """Number → view, of a page or of all: the actor's own and the shared ones, by name. Raises NotAllowed."""
    require(actor, Permission.KEEP_VIEWS)
    seen = [
        (number, view)
        for number, view in _standing(store).items()
        if (view.shared or view.owner == actor.email) and page in (None, view.page)
    ]
    return dict(sorted(seen, key=lambda each: (each[1].name.casefold(), each[0])))


def save_view(
    store: Store,
    actor: Actor,
    page: str,
    name: str,
    parameters: Mapping[str, Sequence[str]],
    now: datetime,
    *,
    shared: bool,
) -> int:
    """Keep a page's address under a name; returns the view's number.

    Raises NotAllowed, and ConfigError for a name that is empty, too long or taken among the views the actor sees.
    """
    require(actor, Permission.KEEP_VIEWS)
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise ConfigError(f"A view needs a name of 1 to {LONGEST_NAME} printable characters.")
    view = View(page, name, _checked(page, parameters), actor.email, shared)
    with store.decisions.deciding() as connection:
        for other in views(store, actor, page).values():
            if other.name.casefold() == name.casefold():
                whose = "You have" if other.owner == actor.email else f"{other.owner} shares"
                raise ConfigError(f"{whose} a view '{other.name}' of this page already: take another name.")
        number = 1 + store.decisions.last_number(KIND)
        told = f"View '{name}' of {page} saved for {'everybody' if shared else 'its owner'}."
        decide(connection, [NewDecision(KIND, f"{KIND}:{number}", view.to_json(), told)], actor, now)
    return number


def delete_view(store: Store, actor: Actor, number: int, now: datetime) -> None:
    """Take a view away. Raises NotAllowed, ConfigError where there is none (any more)."""
    with store.decisions.deciding() as connection:
        view = views(store, actor).get(number)
        if view is None:
            raise ConfigError(f"There is no view {number} any more.")
        if not view.may_delete(actor):
            raise NotAllowed(f"The view '{view.name}' is {view.owner}'s: its owner or an Admin takes it away.")
        told = f"View '{view.name}' of {view.page} deleted."
        gone = replace(view, deleted=True).to_json()
        decide(connection, [NewDecision(KIND, f"{KIND}:{number}", gone, told)], actor, now)


def carried(store: Store) -> list[NewDecision]:
    """The views for a store that is started anew; those that name something by a number of this one end here."""
    return [
        NewDecision(KIND, f"{KIND}:{number}", view.to_json(), f"View '{view.name}' of {view.owner} carried over.")
        for number, view in _standing(store).items()
        if not (_OF_THIS_LEDGER | _NUMBERED.get(view.page, set())) & view.parameters.keys()
    ]


def _standing(store: Store) -> dict[int, View]:
    newest = {_number(each.subject): View.from_json(each.content) for each in store.decisions.all(KIND)}
    return {number: view for number, view in newest.items() if not view.deleted}


def _number(subject: str) -> int:
    return int(subject.removeprefix(f"{KIND}:"))


def _checked(page: str, parameters: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """An address as it can be kept: ours in its form, and no longer than one that a browser takes."""
    kept = {name: list(values) for name, values in parameters.items()}
    short = all(
        len(values) <= _MOST_VALUES and all(len(v) <= _LONGEST_VALUE for v in values) for values in kept.values()
    )
    if not all(map(_WORD.fullmatch, (page, *kept))) or len(kept) > _MOST_PARAMETERS or not short:
        raise ConfigError("This address is no view of ours that could be kept.")
    return kept
