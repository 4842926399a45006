"""Who acts at the command line: a person is proven by a sign-in like any other, which the trail shows."""

import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from audit_core.access import Door
from audit_core.access.reads import note_refusal
from audit_core.actors import Actor, Where
from audit_core.errors import ConfigError, NotAllowed, SignInRefused
from audit_core.workspace import Workspace


@contextmanager
def signed_in(workspace: Workspace, command: str, email: str, now: datetime) -> Iterator[Actor]:
    """The person whom `--as` names, proven by the password on standard input, and signed out at the end.

    Raises SignInRefused as the app's door does, with the same waits after failures.
    """
    door = Door(workspace)
    token = door.sign_in(email, read_password(command), Where(), now)
    person = door.actor(token, now)
    if person is None:
        raise SignInRefused(f"{email} was disabled just now.")
    try:
        with refusals_noted(workspace, person, now):
            yield person
    finally:
        door.sign_out(token, now)


@contextmanager
def refusals_noted(workspace: Workspace, actor: Actor, now: datetime) -> Iterator[None]:
    """What the actor is refused is on record, as in the app."""
    try:
        yield
    except NotAllowed as error:
        note_refusal(workspace, actor, str(error), now)
        raise


def read_password(command: str) -> str:
    """One line of standard input, asked for at a terminal. Raises ConfigError where there is none."""
    if sys.stdin.isatty():
        return getpass.getpass("Password: ")
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise ConfigError(f"{command}: there is no password; give it as one line on standard input.")
    return line
