"""What people decide about rules, recorded: their states, and exemptions; and how each rule stands by that."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import partial
from typing import Final

from audit_core.actors import Actor
from audit_core.errors import ConfigError
from audit_core.permissions import Permission, require
from audit_core.rules.exemptions import EVERY_RULE, EXEMPTION, Exemption, ended, still_made
from audit_core.rules.standing import Standing, standings, untouched
from audit_core.rules.states import RULE, State, StateDecision
from audit_core.store.store import Store
from audit_core.workspace import Workspace

SUBJECT: Final = "rule:"
"""What the subject of a decision about a rule begins with; its name follows, or `*` for every rule."""


def set_state(workspace: Workspace, actor: Actor, rule: str, decided: StateDecision, now: datetime) -> str:
    """Decide the state of a rule. Returns the sentence that the trail shows.

    Raises NotAllowed, and ConfigError for a rule that there is not, or that config.json switches off.
    """
    require(actor, Permission.MANAGE_RULES)
    _require_rule(workspace, rule)
    if rule in workspace.settings.rules.off and decided.state is not State.OFF:
        raise ConfigError(f"{rule} is switched off by rules.off in {workspace.config}: take it out there first.")
    told = _sentence(decided.words(rule))
    workspace.store.decisions.record(RULE, f"{SUBJECT}{rule}", decided.to_json(), told, actor, now)
    return told


def exempt(workspace: Workspace, actor: Actor, exemption: Exemption, now: datetime) -> tuple[int, str]:
    """Make an exemption. Returns its number and the sentence that the trail shows.

    Raises NotAllowed, and ConfigError for a rule that there is not.
    """
    require(actor, Permission.MANAGE_RULES)
    if exemption.rule != EVERY_RULE:
        _require_rule(workspace, exemption.rule)
    told = _sentence(exemption.words())
    subject = f"{SUBJECT}{exemption.rule}"
    made = workspace.store.decisions.record(EXEMPTION, subject, exemption.to_json(), told, actor, now)
    return made.decision_id, told


def end_exemption(workspace: Workspace, actor: Actor, number: int, reason: str, now: datetime) -> str:
    """End an exemption before its time. Returns the sentence that the trail shows.

    Raises NotAllowed, and ConfigError for a number that names none, or one that was ended.
    """
    require(actor, Permission.MANAGE_RULES)
    if not reason.strip():
        raise ConfigError("Ending an exemption needs a reason, in a few words.")
    found = exemptions(workspace.store).get(number)
    if found is None:
        raise ConfigError(f"There is no exemption {number} that could be ended: see 'python -m jobs exempt list'.")
    told = _sentence(f"Exemption {number} ended early: {reason}")
    workspace.store.decisions.record(EXEMPTION, f"{SUBJECT}{found.rule}", ended(number, reason), told, actor, now)
    return told


def exemptions(store: Store) -> dict[int, Exemption]:
    """Every exemption that nobody ended, by its number; those whose time is over too."""
    return still_made({each.decision_id: each.content for each in store.decisions.all(EXEMPTION)})


def standings_by_day(workspace: Workspace) -> Callable[[date], Mapping[str, Standing]]:
    """How each rule stands on the day of a look, by all that was decided so far."""
    own = untouched(workspace.rules(), workspace.settings.rules.off)
    decided: dict[str, list[StateDecision]] = defaultdict(list)
    for each in workspace.store.decisions.all(RULE):
        decided[each.subject.removeprefix(SUBJECT)].append(StateDecision.from_json(each.content))
    return partial(standings, own, decided, list(exemptions(workspace.store).values()))


def _require_rule(workspace: Workspace, name: str) -> None:
    if name not in (known := [rule.name for rule in workspace.rules()]):
        raise ConfigError(f"There is no rule '{name}'; the rules are {', '.join(known)}.")


def _sentence(words: str) -> str:
    return words if words.endswith((".", "!", "?")) else f"{words}."
