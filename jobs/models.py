"""`model list|use|card`: the models that are kept, which one is in use, and the way back to an earlier one."""

import argparse
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from audit_core.actors import OPERATOR
from audit_core.errors import ConfigError
from audit_core.store.models import Kept, Models
from audit_core.workspace import Workspace
from jobs.execute import Result


def add_arguments(model: argparse.ArgumentParser) -> None:
    """The sub-commands of `model`."""
    acts = model.add_subparsers(dest="act", required=True, metavar="list|use|card")
    listing = acts.add_parser("list", help="every model that is kept, the newest first")
    use = acts.add_parser("use", help="go back to an earlier model; the next sync scores with it")
    use.add_argument("id", metavar="ID")
    use.add_argument("--reason", required=True, help="why, in a few words")
    card = acts.add_parser("card", help="what a model was made of, and what the gate found")
    card.add_argument("id", metavar="ID", nargs="?", help="the model in use where none is named")
    for act in (listing, use, card):
        act.add_argument("--json", action="store_true", help="print the result as one JSON object")


def models(workspace: Workspace, args: argparse.Namespace) -> Result:
    """Do what the command line says. Raises ConfigError for what cannot be."""
    store, now = workspace.store, datetime.now(UTC)
    store.database.require_current()
    kept = Models(store)
    match args.act:
        case "use":
            decided = kept.use(args.id, args.reason, OPERATOR, now)
            store.keep_anchor(f"model-use-{now:%Y%m%dT%H%M%SZ}", now)
            return _result(decided.told(), model_id=decided.model_id)
        case "card":
            return _card(kept, args.id or kept.in_use())
        case _:
            in_use = kept.in_use()
            found = [_listed(each, in_use) for each in kept.all()]
            return _result(f"{len(found):,} models are kept; {in_use or 'none'} is in use.", models=found)


def table(result: Result) -> list[str]:
    """The list of models, or a card, for a person."""
    if "card" in result.counters:
        return [json.dumps(result.counters["card"], indent=1)]
    return [
        f"{each['model_id']:18} {each['trained_at'][:16]:18} {_size(each):32}  "
        f"{'in use' if each['in_use'] else ''}".rstrip()
        for each in result.counters.get("models", ())
    ]


def _size(each: Mapping[str, Any]) -> str:
    return "damaged" if each["problem"] else f"{each['rows']:>9,} changes {each['labels']:>6,} labels"


def _listed(each: Kept, in_use: str | None) -> dict[str, Any]:
    labels = each.card["labels"] if each.card else {}
    return {
        "model_id": each.model_id,
        "trained_at": each.trained_at.isoformat(),
        "rows": each.card["rows"] if each.card else None,
        "labels": labels["confirmed"] + labels["false_alarms"] if labels else None,
        "in_use": each.model_id == in_use,
        "problem": each.problem,
    }


def _card(kept: Models, model_id: str | None) -> Result:
    if model_id is None:
        raise ConfigError("No model is in use: name one that 'python -m jobs model list' shows.")
    card = {name: value for name, value in kept.card(model_id).items() if name != "golden"}
    about = [said for _, said in kept.decisions() if said.about == model_id]
    if not about:
        raise ConfigError(f"The model {model_id} is of before the gate, which never judged it: run 'retrain'.")
    decided = [said.to_json() for said in about]
    return _result(about[-1].told(), card={**card, "decisions": decided})


def _result(message: str, **counters: Any) -> Result:
    return Result("model", "", "ok", 0, 0.0, message, counters)
