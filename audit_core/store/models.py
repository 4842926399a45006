"""Models on disk: the rows they were trained on, and a card. Refitted when opened, never unpickled.

Which one is in use is a decision: of the gate after a training, or of a person who goes back to an earlier one.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import polars as pl

from audit_core import written
from audit_core.actors import JOBS, Actor
from audit_core.errors import ConfigError, VerificationFailed
from audit_core.permissions import Permission, require
from audit_core.scoring.card import Recipe, refit
from audit_core.scoring.forest import FULL_HISTORY
from audit_core.scoring.model import Model
from audit_core.scoring.verdicts import KIND, SUBJECT, InUse, Verdict
from audit_core.store.actions import Action
from audit_core.store.decisions import Decision, NewDecision, decide
from audit_core.store.files import sha256_of, write_whole
from audit_core.store.store import Store

_WAY_OUT: Final = "restore it from a backup, or point to another model ('python -m jobs model use')"


@dataclass(frozen=True, slots=True)
class Kept:
    """A model that is kept: when it was first trained, and its card: None where it is damaged, as `problem` says."""

    model_id: str
    trained_at: datetime
    card: dict[str, Any] | None
    problem: str | None = None

    @property
    def labels(self) -> int:
        """How many verdicts it learned from; 0 where it is damaged."""
        said = self.card["labels"] if self.card else {}
        return sum(said.get(name, 0) for name in ("confirmed", "false_alarms"))

    @property
    def thin(self) -> dict[str, int]:
        """The kinds of changes of which it knows too few for novelty to count whole, with how many."""
        groups = self.card["groups"] if self.card else {}
        return {group: n for group, n in groups.items() if n < FULL_HISTORY}


class Models:
    """Every model ever trained, and which of them is in use."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._folder = store.data_dir / "models"

    def keep(self, recipe: Recipe, verdict: InUse, run_id: str, now: datetime) -> None:
        """Keep a model's recipe, and what the gate said of it: both, or nothing."""
        folder = self._folder / recipe.model_id
        text = json.dumps({**recipe.card, "model_id": recipe.model_id}, sort_keys=True, indent=1).encode()
        write_whole(folder / "features.parquet", recipe.rows)
        write_whole(folder / "card.json", text)
        digest, rows = hashlib.sha256(text).hexdigest(), recipe.card["rows"]
        with self._store.database.write() as connection:
            connection.execute(
                """INSERT INTO models (model_id, trained_at, folder, card_sha256, events, audit_run_id)
                VALUES (?, ?, ?, ?, ?, ?)""",
                (recipe.model_id, now.isoformat(), folder.name, digest, rows, run_id),
            )
            proof = {"model_id": recipe.model_id, "card_sha256": digest}
            fields = {"audit_run_id": run_id, "evidence": json.dumps(proof)}
            told = f"Model {recipe.model_id} fitted on {rows:,} changes."
            self._store.seal(connection, Action("model_trained", told, JOBS, fields=fields), now)
            decide(connection, [NewDecision(KIND, SUBJECT, verdict.to_json(), verdict.told())], JOBS, now)

    def use(self, model_id: str, reason: str, actor: Actor, now: datetime) -> InUse:
        """Go back to a kept model. Raises NotAllowed, ConfigError where there is no such model or no reason, and what
        opening it raises."""
        require(actor, Permission.ROLL_BACK_MODELS)
        if not reason.strip():
            raise ConfigError("Another model needs a reason: say in a few words why.")
        self.opened(model_id)
        decided = InUse(Verdict.ROLLED_BACK, model_id, model_id, reason=reason.strip())
        self._store.decisions.record(KIND, SUBJECT, decided.to_json(), decided.told(), actor, now)
        return decided

    def decisions(self) -> list[tuple[Decision, InUse]]:
        """Every decision about models, oldest first."""
        return [(each, InUse.from_json(each.content)) for each in self._store.decisions.all(KIND, SUBJECT)]

    def last_gate(self) -> tuple[Decision, InUse] | None:
        """The newest decision of the gate, None before the first."""
        gate = (Verdict.PROMOTED, Verdict.REFUSED)
        return next((each for each in reversed(self.decisions()) if each[1].verdict in gate), None)

    def in_use(self) -> str | None:
        """The id of the model in use, None while there is none."""
        newest = self._store.decisions.newest(KIND, SUBJECT)
        return InUse.from_json(newest.content).model_id if newest else None

    def trained_at(self, model_id: str) -> datetime | None:
        """When a model was first trained; None of one that is not known."""
        found = self._store.database.connection().execute(
            "SELECT min(trained_at) FROM models WHERE model_id = ?", (model_id,)
        )
        at = found.fetchone()[0]
        return written.instant(at) if at else None

    def current(self) -> Model | None:
        """The model in use, None while there is none. Raises VerificationFailed when its files were altered."""
        model_id = self.in_use()
        return self.opened(model_id) if model_id else None

    def opened(self, model_id: str) -> Model:
        """A kept model. Raises VerificationFailed when its files were altered, AuditError when it scores otherwise."""
        card, rows = self.card(model_id), self._folder / model_id / "features.parquet"
        if not rows.exists() or sha256_of(rows) != card["features_sha256"]:
            raise VerificationFailed(f"{self._where(model_id)} has other features than its card says: {_WAY_OUT}.")
        return _refitted(rows, json.dumps(card))

    def card(self, model_id: str) -> dict[str, Any]:
        """The card of a kept model. Raises ConfigError where there is none, VerificationFailed where it was altered."""
        newest = "SELECT card_sha256 FROM models WHERE model_id = ? ORDER BY training_id DESC LIMIT 1"
        row = self._store.database.connection().execute(newest, (model_id,)).fetchone()
        if row is None:
            raise ConfigError(f"There is no model '{model_id}': 'python -m jobs model list' names those that are kept.")
        try:
            text = (self._folder / model_id / "card.json").read_bytes()
        except FileNotFoundError as error:
            raise VerificationFailed(f"{self._where(model_id)} is gone: {_WAY_OUT}.") from error
        if hashlib.sha256(text).hexdigest() != row["card_sha256"]:
            raise VerificationFailed(f"{self._where(model_id)} has another card than was recorded: {_WAY_OUT}.")
        card: dict[str, Any] = json.loads(text)
        return card

    def all(self) -> Sequence[Kept]:
        """Every model that the gate has judged, the newest first."""
        trained = dict(
            self._store.database.connection()
            .execute("SELECT model_id, min(trained_at) FROM models GROUP BY model_id ORDER BY max(training_id) DESC")
            .fetchall()
        )
        judged = {said.about for _, said in self.decisions()}
        return [self._kept(each, written.instant(at)) for each, at in trained.items() if each in judged]

    def _kept(self, model_id: str, trained_at: datetime) -> Kept:
        try:
            return Kept(model_id, trained_at, self.card(model_id))
        except VerificationFailed as error:  # the others are there all the same
            return Kept(model_id, trained_at, None, str(error))

    def _where(self, model_id: str) -> str:
        return f"The model {model_id} ({self._folder / model_id})"


@lru_cache(maxsize=2)
def _refitted(rows: Path, card: str) -> Model:
    """Fitting takes seconds, so a process does it once for each card (which names the digest of its rows)."""
    return refit(pl.read_parquet(rows), json.loads(card))
