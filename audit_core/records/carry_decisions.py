"""What people decided and what is still in force comes along when a store is started anew, under new numbers.

What waits for its second person does not: a price list is uploaded again, a threshold set is drafted again. Neither do
dispositions, cases, claims, review rounds and notebooks, which are about events of the old ledger.
"""

import sqlite3
from dataclasses import replace
from datetime import datetime
from typing import Final

from audit_core import preferences, views
from audit_core.access.provider import KIND as IDENTITY
from audit_core.actors import OPERATOR
from audit_core.mappings.kept import MAPPING
from audit_core.price_lists.kept import approved_content, uploaded_content, uploads
from audit_core.records.folders import copy_into
from audit_core.review import suppressions
from audit_core.rule_book.decisions import exemptions
from audit_core.rules.exemptions import EXEMPTION
from audit_core.rules.states import RULE
from audit_core.store.decisions import NewDecision, decide
from audit_core.store.kept_files import PRICE_LIST, PRICE_LISTS
from audit_core.store.store import Store
from audit_core.thresholds.sets import carried
from audit_core.training import completions
from audit_core.workspace import Workspace

_NAMED: Final = {RULE: "The state", EXEMPTION: "An exemption", MAPPING: "What was decided about a title"}


def carry_decisions(workspace: Workspace, fresh: Store, connection: sqlite3.Connection, now: datetime) -> None:
    """Record them in the new store, in the caller's transaction; who decided, and when, stands in the old ledger."""
    store, today = workspace.store, workspace.today(now)
    going_on = {number for number, each in exemptions(store).items() if each.until >= today}
    exempt = [each for each in store.decisions.all(EXEMPTION) if each.decision_id in going_on]
    kept = [
        NewDecision(each.kind, each.subject, each.content, f"{_NAMED[each.kind]} of {each.subject} carried over.")
        for each in (*store.decisions.all(RULE), *exempt, *store.decisions.all(MAPPING))
    ]
    kept += [
        NewDecision(
            IDENTITY, each.subject, each.content, f"{each.subject} at the provider stays {each.content['email']}."
        )
        for each in store.decisions.newest_of_all(IDENTITY)
    ]
    kept += suppressions.carried(suppressions.in_force(store, today), workspace.titles())
    kept += carried(workspace.thresholds().all())
    kept += [*views.carried(store), *preferences.carried(store), *completions.carried(workspace)]
    decide(connection, kept, OPERATOR, now)
    for each in uploads(store):
        if each.approved_by is None:
            continue
        name = PRICE_LISTS.name(each.sha256)
        copy_into(store.data_dir / name, fresh.data_dir / name)
        who = f"uploaded by {each.uploaded_by}, approved by {each.approved_by}"
        said = uploaded_content(each.sha256, each.name, each.effective, each.reason, each.compared)
        (made,) = decide(
            connection, [NewDecision(PRICE_LIST, PRICE_LIST, said, f"Price list {each.name} carried over: {who}.")],
            OPERATOR, now,
        )  # fmt: skip
        said = approved_content(replace(each, number=made.decision_id), who, each.compared)
        told = f"Price list {made.decision_id} ({each.name}) goes on from {each.effective}."
        decide(connection, [NewDecision(PRICE_LIST, PRICE_LIST, said, told)], OPERATOR, now)
