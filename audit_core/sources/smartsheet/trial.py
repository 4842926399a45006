"""A token put to the test by a person: whose it is, and what it reaches. Nothing of it is kept or shown."""

from collections.abc import Set
from dataclasses import dataclass

from audit_core.sources.smartsheet.answers import LIST_QUERY, Me, decoder, sheet_list
from audit_core.sources.smartsheet.client import Client, Key, Purpose, Refused


@dataclass(frozen=True, slots=True)
class Trial:
    """What Smartsheet says of one token. `variable`: where it came from.

    `trouble`: why it is of no use, in a sentence; None where it works, and then the rest is known. `sheets`: how many
    its user reaches in all. `wanted`: ids of sheets that are to be read, of which it does not reach `unreached`.
    """

    variable: str
    trouble: str | None = None
    email: str = ""
    admin: bool = False
    sheets: int = 0
    wanted: frozenset[str] = frozenset()
    unreached: frozenset[str] = frozenset()


def try_key(key: Key, wanted: Set[str]) -> Trial:
    """Ask Smartsheet two questions with one token, without waiting. `wanted`: ids of the sheets that are to be read."""
    client = Client([key])
    try:
        me = client.get("/users/me", decoder(Me), purpose=Purpose.PROBE, patient=False).value
        listed = client.get("/sheets", sheet_list, LIST_QUERY, purpose=Purpose.PROBE, patient=False).value
    except Refused as refusal:
        return Trial(key.name, str(refusal))
    reached = {str(each.id) for each in listed.data}
    return Trial(key.name, None, me.email, me.admin, len(reached), frozenset(wanted), frozenset(wanted - reached))
