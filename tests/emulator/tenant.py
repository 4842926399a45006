"""A tenant: its state and everything that can happen in it."""

from collections.abc import Sequence
from typing import Any

from tests.emulator.batches import Batches
from tests.emulator.callbacks import Callbacks
from tests.emulator.ids import stamp
from tests.emulator.state import Json


class Tenant(Batches, Callbacks):
    """One organisation. Change it by its methods; `serving` puts it behind HTTP."""

    def summary(self) -> Json:
        """What there is, in numbers and names, as JSON."""
        with self.lock:
            return {
                "now": stamp(self.now),
                "seed": self.seed,
                "users": {each.email: each.id for each in self.users.values()},
                "tokens": {each.text: each.state for each in self.tokens.values()},
                "sheets": [
                    {
                        "id": each.id, "name": each.name, "version": each.version, "rows": len(each.rows),
                        "columns": {column.title: column.id for column in each.columns}, "deleted": each.deleted,
                        "denied": sorted(each.denied), "modifiedAt": stamp(each.modified_at),
                    }
                    for each in self.sheets.values()
                ],
                "webhooks": {str(each.id): each.status for each in self.webhooks.values()},
                "facts": len(self.truth),
                "illegalWrites": list(self.illegal_writes),
            }  # fmt: skip


MUTATIONS: Sequence[str] = (
    "edit", "recalc", "automation", "cell_link", "form_submit", "add_row", "delete_row", "move_row", "move_to_sheet",
    "sort", "indent", "outdent", "blank_row", "add_column", "remove_column", "rename_column", "retype_column",
    "reorder_column", "format_only", "comment", "attach", "rename_sheet", "delete_sheet", "restore", "deny", "allow",
    "share", "unshare", "change_access", "rollback_version", "tick", "batch",
)  # fmt: skip


def mutate(tenant: Tenant, name: str, args: Json) -> Any:
    """Call a mutation by its name. Raises KeyError for anything else. Returns an id, a number or None."""
    if name not in MUTATIONS:
        raise KeyError(f"no mutation {name}")
    made = getattr(tenant, name)(**args)
    if isinstance(made, int | bool | list) and not (made and isinstance(made, list) and hasattr(made[0], "id")):
        return made
    if isinstance(made, list):
        return [each.id for each in made]
    return getattr(made, "id", None)
