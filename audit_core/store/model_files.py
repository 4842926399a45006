"""The files of models: a card that was recorded, and the features that the card names."""

import json
import sqlite3
from pathlib import Path

from audit_core.errors import VerificationFailed
from audit_core.store.files import sha256_of


def check_models(connection: sqlite3.Connection, folder: Path) -> None:
    """Raise VerificationFailed unless every model's files in `folder` are those that were recorded."""
    # a model trained again on the same history has the same folder: its newest card is the one there
    newest = "SELECT folder, card_sha256, max(training_id) FROM models GROUP BY folder"
    for name, sealed, _ in connection.execute(newest).fetchall():
        card, features = folder / name / "card.json", folder / name / "features.parquet"
        if not card.is_file() or sha256_of(card) != sealed:
            raise VerificationFailed(f"The card of the model {name} is not the one that was recorded.")
        if not features.is_file() or sha256_of(features) != json.loads(card.read_bytes())["features_sha256"]:
            raise VerificationFailed(f"The features of the model {name} are not those of its card.")
