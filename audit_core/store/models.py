"""Models on disk: the features they were trained on, and a card. Refitted when opened, never unpickled."""

import hashlib
import io
import json
from datetime import datetime

import polars as pl

from audit_core.actors import JOBS
from audit_core.errors import VerificationFailed
from audit_core.scoring.model import Model, refit
from audit_core.store.actions import Action
from audit_core.store.files import sha256_of, write_whole
from audit_core.store.store import Store


class Models:
    """Every model ever trained; the newest is current."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._folder = store.data_dir / "models"

    def save(self, model: Model, features: pl.DataFrame, run_id: str, now: datetime) -> None:
        """Keep a model's recipe and make it current. The same recipe again only becomes current again."""
        buffer = io.BytesIO()
        features.write_parquet(buffer, compression="zstd")
        content = buffer.getvalue()
        card = {**model.card, "model_id": model.model_id, "features_sha256": hashlib.sha256(content).hexdigest()}
        text = json.dumps(card, sort_keys=True, indent=1).encode()
        folder = self._folder / model.model_id
        write_whole(folder / "features.parquet", content)
        write_whole(folder / "card.json", text)
        with self._store.database.write() as connection:
            connection.execute(
                """INSERT INTO models (model_id, trained_at, folder, card_sha256, events, audit_run_id)
                VALUES (?, ?, ?, ?, ?, ?)""",
                (
                    model.model_id,
                    now.isoformat(),
                    folder.name,
                    hashlib.sha256(text).hexdigest(),
                    features.height,
                    run_id,
                ),
            )
            proof = {"model_id": model.model_id, "card_sha256": hashlib.sha256(text).hexdigest()}
            fields = {"audit_run_id": run_id, "evidence": json.dumps(proof)}
            told = f"Model {model.model_id} fitted on {features.height:,} changes."
            self._store.seal(connection, Action("model_trained", told, JOBS, fields=fields), now)

    def current(self) -> Model | None:
        """The newest model, None when none was trained. Raises VerificationFailed when its files were altered."""
        row = (
            self._store.database.connection()
            .execute("SELECT model_id, folder, card_sha256 FROM models ORDER BY training_id DESC LIMIT 1")
            .fetchone()
        )
        if row is None:
            return None
        folder = self._folder / row["folder"]
        where = f"The model {row['model_id']} ({folder})"
        try:
            text = (folder / "card.json").read_bytes()
        except FileNotFoundError as error:
            raise VerificationFailed(f"{where} is gone: run 'retrain', or restore a backup.") from error
        if hashlib.sha256(text).hexdigest() != row["card_sha256"]:
            raise VerificationFailed(f"{where} has another card than was recorded: run 'retrain'.")
        card = json.loads(text)
        path = folder / "features.parquet"
        if not path.exists() or sha256_of(path) != card["features_sha256"]:
            raise VerificationFailed(f"{where} has other features than its card says: run 'retrain'.")
        return refit(pl.read_parquet(path), card)
